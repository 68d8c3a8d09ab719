# postfix.sh DIR - two instances of Postfix, in our own mount namespace: writes
# to DIR/ready when they are there, and ends when DIR/end is opened.

dir=$1
trap ': >>"$dir/made"; timeout 5 dd if=/dev/null of="$dir/ready" || true' EXIT
mkdir "$dir/etc" "$dir/spool" "$dir/lib"
cp -a /etc/. "$dir/etc"
mount --bind "$dir/etc" /etc
mount --bind "$dir/spool" /var/spool
mount --bind "$dir/lib" /var/lib
chmod 755 "$dir/spool" "$dir/lib"
mkdir /var/spool/postfix /var/lib/postfix
chown postfix /var/lib/postfix
cat >/etc/postfix/main.cf <<'CONF'
compatibility_level = 3.6
myhostname = a.example
inet_interfaces = loopback-only
inet_protocols = ipv4
default_database_type = cdb
maillog_file = /var/spool/log
maillog_file_prefixes = /var
CONF
grep -v '^[a-z0-9]* *inet ' /usr/share/postfix/master.cf.dist \
	>/etc/postfix/master.cf
postmulti -e init
postmulti -I postfix-b -G mta -e create
for one in /etc/postfix /etc/postfix-b; do
	echo 'joe@example.com nobody' >$one/virtual
	postmap -c $one cdb:$one/virtual
done
trap - EXIT
echo made >"$dir/ready"
read -r _ <"$dir/end" || true
