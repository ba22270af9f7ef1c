#include "catalog/search_words.h"

#include <cstdint>

namespace nozama {

namespace {

constexpr size_t kWordBytesMax = 64;

// Small letters without diacritics, one a code point, by Unicode's compatibility decompositions; ' ' = not part of a word.
constexpr std::u32string_view kLatin =
    U"aaaaaaæceeeeiiiidnooooo ouuuuyþßaaaaaaæceeeeiiiidnooooo ouuuuyþy"  // 00C0
    U"aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiĳĳjjkkkllllllŀ"  // 0100
    U"ŀllnnnnnnŉnnooooooœœrrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs"  // 0140
    U"bɓƃƃƅƅɔƈƈɖɗƌƌƍǝəɛƒƒɠɣƕɩɨƙƙƚƛɯɲƞɵooƣƣƥƥʀƨƨʃƪƫƭƭʈuuʊʋƴƴƶƶʒƹƹƺƻƽƽƾƿ"  // 0180
    U"ǀǁǂǃǆǆǆǉǉǉǌǌǌaaiioouuuuuuuuuuǝaaaaææǥǥggkkooooʒʒjǳǳǳggƕƿnnaaææoo"  // 01C0
    U"aaaaeeeeiiiioooorrrruuuussttȝȝhhƞȡȣȣȥȥaaeeooooooooyyȴȵȶȷȸȹⱥȼȼƚⱦȿ"  // 0200
    U"ɀɂɂƀʉʌɇɇɉɉɋɋɍɍɏy";                                                 // 0240
static_assert(kLatin.size() == 0x250 - 0xC0);
constexpr std::u32string_view kGreekAndCyrillic =
    U"ͱͱͳͳʹ ͷͷ   ͻͼͽ ϳ      α εηι ο υωιαβγδεζηθικλμνξοπρ στυφχψωιυαεηι"   // 0370
    U"υαβγδεζηθικλμνξοπρσστυφχψωιυουωϗβθυυυφπϗϙϙϛϛϝϝϟϟϡϡϣϣϥϥϧϧϩϩϫϫϭϭϯϯ"   // 03B0
    U"κρσϳθε ϸϸσϻϻϼͻͼͽееђгєѕііјљњћкиуџабвгдежзииклмнопрстуфхцчшщъыьэюя"   // 03F0
    U"абвгдежзииклмнопрстуфхцчшщъыьэюяееђгєѕііјљњћкиуџѡѡѣѣѥѥѧѧѩѩѫѫѭѭѯѯ"   // 0430
    U"ѱѱѳѳѵѵѵѵѹѹѻѻѽѽѿѿҁҁ        ҋҋҍҍҏҏґґғғҕҕҗҗҙҙққҝҝҟҟҡҡңңҥҥҧҧҩҩҫҫҭҭүү"   // 0470
    U"ұұҳҳҵҵҷҷҹҹһһҽҽҿҿӏжжӄӄӆӆӈӈӊӊӌӌӎӎӏааааӕӕееәәәәжжззӡӡииииооөөөөээуу"   // 04B0
    U"ууууччӷӷыыӻӻӽӽӿӿԁԁԃԃԅԅԇԇԉԉԋԋԍԍԏԏԑԑԓԓԕԕԗԗԙԙԛԛԝԝԟԟԡԡԣԣԥԥԧԧԩԩԫԫԭԭԯԯ";  // 04F0
static_assert(kGreekAndCyrillic.size() == 0x530 - 0x370);
constexpr std::u32string_view kLatinAdditional =
    U"aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm"   // 1E00
    U"mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv"   // 1E40
    U"wwwwwwwwwwxxxxyyzzzzzzhtwyẚsẜẝßẟaaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee"   // 1E80
    U"eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyyỻỻỽỽỿỿ";  // 1EC0
static_assert(kLatinAdditional.size() == 0x1F00 - 0x1E00);

// The code point at the start of text, which is cut off; malformed bytes (RFC 3629, section 3) come one by one as spaces.
char32_t take_code_point(std::string_view& text) {
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};  // that a code point of so many bytes may be
  const auto first = static_cast<uint8_t>(text.front());
  const size_t length = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
  char32_t point = length == 1 ? first : first & (0x7F >> length);
  bool well_formed = length > 0 && length <= text.size();
  for (size_t i = 1; well_formed && i < length; ++i) {
    const auto next = static_cast<uint8_t>(text[i]);
    well_formed = (next & 0xC0) == 0x80;
    point = point << 6 | (next & 0x3F);
  }
  well_formed = well_formed && point >= kLeast[length] && point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF);
  text.remove_prefix(well_formed ? length : 1);
  return well_formed ? point : U' ';
}

void append_utf8(std::string& word, char32_t point) {
  const auto add = [&](char32_t byte) { word += static_cast<char>(static_cast<uint8_t>(byte)); };
  if (point < 0x80) return add(point);
  if (point < 0x800) {
    add(0xC0 | point >> 6);
  } else if (point < 0x10000) {
    add(0xE0 | point >> 12);
    add(0x80 | (point >> 6 & 0x3F));
  } else {
    add(0xF0 | point >> 18);
    add(0x80 | (point >> 12 & 0x3F));
    add(0x80 | (point >> 6 & 0x3F));
  }
  add(0x80 | (point & 0x3F));
}

bool within(char32_t point, char32_t first, char32_t last) { return point >= first && point <= last; }

bool is_combining_mark(char32_t point) { return within(point, 0x300, 0x36F); }

bool is_word_by_itself(char32_t point) {
  return within(point, 0x3041, 0x30FF) || within(point, 0x3400, 0x4DBF) || within(point, 0x4E00, 0x9FFF) || within(point, 0xF900, 0xFAFF) ||
         within(point, 0x20000, 0x3FFFF);
}

char32_t folded(char32_t point) {
  if (within(point, 0xFF01, 0xFF5E)) point -= 0xFF01 - U'!';  // full width
  if (within(point, 'A', 'Z')) return point - 'A' + 'a';
  if (within(point, 'a', 'z') || within(point, '0', '9')) return point;
  if (point < 0xC0) return U' ';
  if (point < 0x250) return kLatin[point - 0xC0];
  if (within(point, 0x370, 0x52F)) return kGreekAndCyrillic[point - 0x370];
  if (within(point, 0x1E00, 0x1EFF)) return kLatinAdditional[point - 0x1E00];
  // Punctuation, arrows, symbols, private use, pictographs.
  const bool symbol = within(point, 0x2000, 0x2BFF) || within(point, 0x2E00, 0x3040) || within(point, 0xD800, 0xF8FF) || within(point, 0xFE00, 0xFE6F) ||
                      within(point, 0xFF5F, 0xFF65) || within(point, 0xFFE0, 0x103FF) || within(point, 0x1D000, 0x1FAFF) || point > 0x3FFFF;
  return symbol ? U' ' : point;
}

// The letters that it stands for, as far as the word has room for one of any length.
void append_letter(std::string& word, char32_t letter) {
  const auto add = [&](char32_t one) {
    if (word.size() + 4 <= kWordBytesMax) append_utf8(word, one);
  };
  const auto add_both = [&](char32_t one, char32_t other) {
    add(one);
    add(other);
  };
  switch (letter) {
    case U'ß': add_both(U's', U's'); break;
    case U'æ': add_both(U'a', U'e'); break;
    case U'œ': add_both(U'o', U'e'); break;
    case U'þ': add_both(U't', U'h'); break;
    default: add(letter);
  }
}

}  // namespace

std::vector<std::string> search_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
  };
  while (!text.empty()) {
    const char32_t point = take_code_point(text);
    if (is_combining_mark(point)) continue;
    const char32_t letter = folded(folded(point));  // a letter without its stroke may have another form of its own
    if (letter == U' ' || is_word_by_itself(letter)) end_word();
    if (letter == U' ') continue;
    append_letter(word, letter);
    if (is_word_by_itself(letter)) end_word();
  }
  end_word();
  return words;
}

}  // namespace nozama
