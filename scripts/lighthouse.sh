#!/usr/bin/env bash
# lighthouse.sh: builds the release and runs Lighthouse on the home page, results and a product; its reports are in build/lighthouse.
source "$(dirname "$0")/lib.sh"
scripts/setup.sh test
scripts/build.sh release
stage "sample shop"
"$release" demo --data "$demo_data" --demo-dir demo --prepare-only
use_node
if ! fresh build/.lighthouse-stamp bench/storefront/package-lock.json || [ ! -d bench/storefront/node_modules ]; then
  stage "installing Lighthouse (bench/storefront)"
  (cd bench/storefront && npm ci --no-audit --no-fund --loglevel=error) || die "npm could not install Lighthouse" "check the network, then try again"
  stamp build/.lighthouse-stamp bench/storefront/package-lock.json
fi
stage "Lighthouse"
node bench/storefront/lighthouse.ts
