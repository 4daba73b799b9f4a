# Sourced: installs what package-lock.json pins and puts a Node new enough for
# it (22.19) first in PATH. The packages bring one for Linux on x86-64.
npm_ci() {
	local here=$1
	if ! cmp -s "$here/package-lock.json" "$here/node_modules/.installed"; then
		(cd "$here" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
		cp "$here/package-lock.json" "$here/node_modules/.installed"
	fi
	if [ -x "$here/node_modules/node/bin/node" ]; then
		PATH=$here/node_modules/node/bin:$PATH
	fi
	node -e 'const [a, b] = process.versions.node.split(".").map(Number); if (a < 22 || (a === 22 && b < 19)) throw `Node 22.19 is needed, this is ${process.version}`'
}
