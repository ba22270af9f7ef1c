#!/usr/bin/env bash
# package.sh: build/package/nozama-VERSION-linux-x86_64.tar.gz: program, libraries, model bundles, licences. It runs wherever
# there is a C library as new as the one it was built with, and needs nothing else installed.
source "$(dirname "$0")/lib.sh"
scripts/setup.sh test
scripts/build.sh release

version=$("$release" --version | awk '{print $2}')
name=nozama-$version-linux-x86_64
root=build/package/$name
stage "packing $name"
rm -rf "$root"
mkdir -p "$root"/{bin,lib,share/nozama,share/doc/nozama/licences,lib/systemd/system}
cp "$release" "$root/bin/nozama"
strip "$root/bin/nozama"

# OpenVINO opens these by name at run time; the other libraries are found from what is linked.
openvino=$(echo "$venv"/lib/python3*/site-packages/openvino/libs)
plugins=("$openvino"/libopenvino_intel_cpu_plugin.so "$openvino"/libopenvino_ir_frontend.so.* "$openvino"/libopenvino_onnx_frontend.so.* "$openvino"/libtbbmalloc.so.*)
cp -L "${plugins[@]}" "$root/lib/"

# The C library and its loader belong to the machine.
libraries_of() { LD_LIBRARY_PATH=$PWD/$openvino ldd "$@" 2>/dev/null | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | sort -u |
  grep -vE '/(libc|libm|libdl|librt|libpthread|libresolv|ld-linux-x86-64)\.so'; }
for library in $(libraries_of "$release" "${plugins[@]}"); do cp -nL "$library" "$root/lib/"; done
patchelf --set-rpath '$ORIGIN/../lib' "$root/bin/nozama"
for library in "$root"/lib/*.so*; do patchelf --set-rpath '$ORIGIN' "$library"; done

cp -r "$models" "$root/share/nozama/models"
cp packaging/nozama.service "$root/lib/systemd/system/"
cp -r packaging/proxy packaging/monitoring "$root/share/nozama/"
cp LICENSE README.md CHANGELOG.md docs/licences.md "$root/share/doc/nozama/"
scripts/package_licences.sh "$root/lib" "$root/share/doc/nozama/licences"

tar -C build/package -czf "build/package/$name.tar.gz" "$name"
stage_end
du -h "build/package/$name.tar.gz"
