#pragma once

#include <string>
#include <string_view>

namespace nozama {

// "Möbel & Küche" → "mobel-kuche": Latin letters lose their accents, everything else is a hyphen.
// "" when nothing is left (a name in another script).
std::string slugify(std::string_view name);

}  // namespace nozama
