#!/bin/sh
# Rebuilds icons.svg from the names in icons.txt.
#   npm pack lucide-static@1.62.0 && tar xzf lucide-static-1.62.0.tgz
#   ./sprite.sh package/icons
# Then put the new SHA-256 of icons.svg into static/VENDOR.md.
set -eu
cd "$(dirname "$0")" || exit 1
from=$(cd "$OLDPWD" && cd "$1" && pwd)
{
	echo '<svg xmlns="http://www.w3.org/2000/svg">'
	echo '<!-- Lucide 1.62.0, ISC, https://lucide.dev -->'
	while read -r name; do
		printf '<symbol id="%s" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">' "$name"
		tr '\n' ' ' <"$from/$name.svg" | sed -e 's/<!--[^>]*-->//' -e 's/<svg[^>]*>//' -e 's/<\/svg>//' -e 's/  */ /g' -e 's/ \/>/\/>/g' -e 's/^ //' -e 's/ $//' -e 's/> </></g'
		echo '</symbol>'
	done <icons.txt
	echo '</svg>'
} >icons.svg
