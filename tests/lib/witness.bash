# A rule that works, to see that it is served in spite of everything.  (After
# triggerd.bash.)

witness() {
	command_file witness <<-'EOF'
		echo run >>"$RUNS"
	EOF
	rule witness <<-EOF
		sources = $T/src/witness
		command = $T/witness
		env.RUNS = $T/witnessed
		settle = 0
	EOF
	echo 1 >"$T/src/witness"
}

is_served() {
	local before
	before=$(count "$T/witnessed")
	date +%s%N | put "$T/src/witness"
	timeout 120 "$CTL" -c "$CONF" sync witness
	[ "$(count "$T/witnessed")" -eq $((before + 1)) ]
}
