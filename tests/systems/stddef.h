/*
 * stddef - gcc's own asks for what is not here where a BSD is.
 */

#ifndef SYSTEMS_STDDEF_H
#define SYSTEMS_STDDEF_H

#define NULL ((void *)0)
#define offsetof(type, member) __builtin_offsetof(type, member)

typedef __SIZE_TYPE__ size_t;
typedef __PTRDIFF_TYPE__ ptrdiff_t;
typedef __WCHAR_TYPE__ wchar_t;
typedef __WINT_TYPE__ wint_t;

#endif
