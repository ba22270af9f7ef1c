#!/usr/bin/env bash
# package_licences.sh LIBRARIES OUT: the licence text of everything that the package holds or was compiled from: Debian's libraries
# and headers, OpenVINO's wheel and the storefront's npm packages; a model bundle carries its own. A part without one is an error.
source "$(dirname "$0")/lib.sh"
libraries=$1 out=$2
mkdir -p "$out"

# Compiled into the program, so that no library file tells of them.
packages=(libboost1.81-dev libcli11-dev libtomlplusplus-dev libeigen3-dev libspdlog-dev libfmt-dev prometheus-cpp-dev)
wheel=$(echo "$venv"/lib/python3*/site-packages/openvino)
for library in "$libraries"/*.so*; do
  name=$(basename "$library")
  [ ! -e "$wheel/libs/$name" ] || continue
  package=$(dpkg-query -S "/usr/lib/x86_64-linux-gnu/$name" "/lib/x86_64-linux-gnu/$name" 2>/dev/null | head -1 | cut -d: -f1 || true)
  [ -n "$package" ] || die "no Debian package owns $name" "build on Debian, or see whose library it is: ldd $release"
  packages+=("$package")
done
for package in "${packages[@]}"; do
  cp -L "/usr/share/doc/$package/copyright" "$out/$package" || die "the licence of $package is missing" "apt-get install --reinstall $package"
done

# Debian's copyright files refer to these for the long texts.
cp -L /usr/share/common-licenses/{Apache-2.0,GPL-2,GPL-3,LGPL-2.1,LGPL-3,MPL-2.0} "$out/"
cp -r "$wheel"-*.dist-info/licenses "$out/openvino"
cp web/node_modules/svelte/LICENSE.md "$out/svelte"
cp web/node_modules/@sveltejs/kit/LICENSE "$out/sveltekit"
cp web/node_modules/@cropper/element/LICENSE "$out/cropperjs"
