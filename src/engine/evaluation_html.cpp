#include "engine/evaluation_html.h"

#include <fmt/format.h>

#include <algorithm>

namespace nozama {
namespace {

constexpr size_t kMatrixClassesMax = 40;
constexpr size_t kConfusionsMax = 15;
constexpr size_t kNotesMax = 100;

constexpr std::string_view kHead = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<style>
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --paper: #fff; --panel: #f4f6f8; --line: #d0d7de; --mark: #1f6feb; --tint: 31, 111, 235; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9aa5b1; --paper: #0d1117; --panel: #161b22; --line: #30363d; --mark: #58a6ff; --tint: 88, 166, 255; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 70rem; padding: 1.5rem 1rem 4rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.2rem; margin: 2.5rem 0 .25rem; }
p { margin: .25rem 0 .75rem; max-width: 50rem; } .soft { color: var(--soft); }
.wide { overflow-x: auto; } .wide:focus-visible { outline: 2px solid var(--mark); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top; }
th { font-weight: 600; } th:first-child, td:first-child { text-align: left; } td.text { text-align: left; color: var(--soft); }
.matrix td, .matrix th { border: 1px solid var(--line); padding: .2rem .4rem; text-align: center; font-size: .85rem; }
.matrix th:first-child { text-align: left; } .matrix thead th { writing-mode: vertical-rl; transform: rotate(180deg); text-align: left; }
svg { display: block; max-width: 100%; height: auto; } svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
.bars { display: grid; grid-template-columns: minmax(6rem, max-content) 1fr max-content; gap: .25rem .75rem; align-items: center; max-width: 50rem; }
.bars .bar { background: var(--panel); height: 1rem; } .bars .bar span { display: block; height: 100%; background: var(--mark); }
.failures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); gap: 1rem; padding: 0; list-style: none; }
.failures li { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem; }
.pictures { display: flex; gap: .5rem; flex-wrap: wrap; } .pictures figure { margin: 0; flex: 1 1 5rem; max-width: 10rem; }
.pictures img { width: 100%; aspect-ratio: 1; object-fit: contain; background: #fff; border-radius: .25rem; } figcaption { font-size: .8rem; color: var(--soft); }
li p { margin: .5rem 0 0; overflow-wrap: anywhere; }
@media print { body { max-width: none; } .failures li { break-inside: avoid; } }
</style>
)";

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&': result += "&amp;"; break;
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      case '"': result += "&quot;"; break;
      case '\'': result += "&#39;"; break;
      default: result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return result;
}

// RFC 4648, section 4.
std::string base64(const std::vector<std::byte>& bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j) group = group << 8 | (i + j < bytes.size() ? static_cast<uint32_t>(bytes[i + j]) : 0);
    for (size_t j = 0; j < 4; ++j) text += i + j <= bytes.size() ? kDigits[group >> (18 - 6 * j) & 63] : '=';
  }
  return text;
}

// The value on a line from 0 to 1, with its interval.
std::string whisker(const ReportFigure& figure) {
  const auto x = [](double share) { return 5 + 150 * std::clamp(share, 0.0, 1.0); };
  std::string svg = R"x(<svg viewBox="0 0 160 16" width="160" height="16" aria-hidden="true"><line x1="5" y1="8" x2="155" y2="8" stroke="var(--line)"/>)x";
  if (figure.interval) {
    svg += fmt::format(R"x(<line x1="{:.1f}" y1="8" x2="{:.1f}" y2="8" stroke="var(--mark)" stroke-width="4" opacity=".5"/>)x", x(figure.interval->low),
                       x(figure.interval->high));
  }
  return svg + fmt::format(R"x(<circle cx="{:.1f}" cy="8" r="4" fill="var(--mark)"/></svg>)x", x(figure.value));
}

std::string figures_section(const ReportPage& page) {
  std::string html =
      "<h2>Figures</h2>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Figures\"><table><thead><tr><th scope=\"col\">figure</th><th "
      "scope=\"col\">value</th><th scope=\"col\">95 % interval</th><th scope=\"col\">0 to 1</th><th scope=\"col\" "
      "style=\"text-align:left\">meaning</th></tr></thead><tbody>\n";
  for (const ReportFigure& figure : page.figures) {
    const std::string interval = figure.interval ? fmt::format("{:.3f} – {:.3f}", figure.interval->low, figure.interval->high) : "";
    html += fmt::format("<tr><th scope=\"row\">{}</th><td>{:.3f}</td><td>{}</td><td>{}</td><td class=\"text\">{}</td></tr>\n", escaped(figure.name),
                        figure.value, interval, whisker(figure), escaped(figure.meaning));
  }
  return html + "</tbody></table></div>\n";
}

std::string table_section(const ReportTable& table) {
  std::string html =
      fmt::format("<h2>{0}</h2>\n<p class=\"soft\">{1}</p>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\"><table><thead><tr>",
                  escaped(table.title), escaped(table.note));
  for (const std::string& name : table.header) html += fmt::format("<th scope=\"col\">{}</th>", escaped(name));
  html += "</tr></thead><tbody>\n";
  for (const auto& row : table.rows) {
    html += "<tr>";
    for (size_t i = 0; i < row.size(); ++i)
      html += i == 0 ? fmt::format("<th scope=\"row\">{}</th>", escaped(row[i])) : fmt::format("<td>{}</td>", escaped(row[i]));
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string matrix(const ReportPage& page) {
  std::string html =
      "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Confusion matrix\"><table class=\"matrix\"><thead><tr><th scope=\"col\">is / taken "
      "for</th>";
  for (const std::string& name : page.classes) html += fmt::format("<th scope=\"col\">{}</th>", escaped(name));
  html += "</tr></thead><tbody>\n";
  for (size_t label = 0; label < page.classes.size(); ++label) {
    int64_t total = 0;
    for (const int64_t count : page.confusion[label]) total += count;
    html += fmt::format("<tr><th scope=\"row\">{}</th>", escaped(page.classes[label]));
    for (const int64_t count : page.confusion[label]) {
      const double share = total > 0 ? static_cast<double>(count) / static_cast<double>(total) : 0;
      html += fmt::format("<td style=\"background:rgba(var(--tint),{:.2f})\">{}</td>", 0.55 * share, count > 0 ? std::to_string(count) : "");
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

ReportTable most_confused(const ReportPage& page) {
  struct Pair {
    int64_t count = 0, of = 0;
    size_t label = 0, guess = 0;
  };
  std::vector<Pair> pairs;
  for (size_t label = 0; label < page.confusion.size(); ++label) {
    int64_t total = 0;
    for (const int64_t count : page.confusion[label]) total += count;
    for (size_t guess = 0; guess < page.confusion[label].size(); ++guess) {
      if (guess != label && page.confusion[label][guess] > 0) pairs.push_back({page.confusion[label][guess], total, label, guess});
    }
  }
  std::ranges::stable_sort(pairs, std::greater(), &Pair::count);
  pairs.resize(std::min(pairs.size(), kConfusionsMax));
  ReportTable table{"Most frequent confusions", "Which class is taken for which other one.", {"class", "taken for", "pictures", "of"}, {}};
  for (const Pair& pair : pairs) {
    table.rows.push_back({page.classes[pair.label], page.classes[pair.guess], std::to_string(pair.count), std::to_string(pair.of)});
  }
  return table;
}

std::string confusion_section(const ReportPage& page) {
  if (page.confusion.empty()) return "";
  std::string html;
  if (page.classes.size() <= kMatrixClassesMax) {
    html = "<h2>Confusion matrix</h2>\n<p class=\"soft\">A row is what the pictures show, a column what they were taken for; the diagonal is right.</p>\n" +
           matrix(page);
  }
  return html + table_section(most_confused(page));
}

std::string reliability_section(const ReportPage& page) {
  if (page.reliability.empty()) return "";
  std::string html =
      "<h2>Reliability</h2>\n<p class=\"soft\">Of the guesses made with a confidence, so many are right. On the diagonal the confidence means what it "
      "says; below it, it promises too much. The points are tenths of the guesses, least confident first.</p>\n"
      "<svg viewBox=\"0 0 360 340\" width=\"360\" height=\"340\" role=\"img\" aria-label=\"Reliability diagram; the numbers are in the table "
      "below\">\n<rect x=\"45\" y=\"10\" width=\"300\" height=\"280\" fill=\"none\" stroke=\"var(--line)\"/>\n"
      "<line x1=\"45\" y1=\"290\" x2=\"345\" y2=\"10\" stroke=\"var(--soft)\" stroke-dasharray=\"4 4\"/>\n";
  for (const double tick : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    html += fmt::format("<text x=\"{:.0f}\" y=\"306\" text-anchor=\"middle\">{}</text><text x=\"38\" y=\"{:.0f}\" text-anchor=\"end\">{}</text>\n",
                        45 + 300 * tick, tick, 294 - 280 * tick, tick);
  }
  html +=
      "<text x=\"195\" y=\"330\" text-anchor=\"middle\">confidence</text><text transform=\"translate(12 150) rotate(-90)\" text-anchor=\"middle\">share "
      "right</text>\n<polyline fill=\"none\" stroke=\"var(--mark)\" stroke-width=\"2\" points=\"";
  const auto point = [](const ReliabilityBin& bin) { return std::pair(45 + 300 * bin.confidence, 290 - 280 * bin.accuracy); };
  for (const ReliabilityBin& bin : page.reliability) html += fmt::format("{:.1f},{:.1f} ", point(bin).first, point(bin).second);
  html += "\"/>\n";
  for (const ReliabilityBin& bin : page.reliability) {
    html += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\" fill=\"var(--mark)\"/>", point(bin).first, point(bin).second);
  }
  html += "</svg>\n";
  ReportTable numbers{"Reliability in numbers", "", {"guesses", "mean confidence", "share right"}, {}};
  for (const ReliabilityBin& bin : page.reliability) {
    numbers.rows.push_back({std::to_string(bin.predictions), fmt::format("{:.3f}", bin.confidence), fmt::format("{:.3f}", bin.accuracy)});
  }
  return html + "<details><summary>Numbers</summary>" + table_section(numbers) + "</details>\n";
}

std::string bars_section(const ReportBars& bars) {
  std::string html = fmt::format("<h2>{}</h2>\n<p class=\"soft\">{}</p>\n<div class=\"bars\" role=\"list\">\n", escaped(bars.title), escaped(bars.note));
  for (const ReportBars::Bar& bar : bars.bars) {
    html += fmt::format(
        "<div role=\"listitem\" style=\"display:contents\"><span>{}</span><span class=\"bar\" aria-hidden=\"true\"><span style=\"width:{:.1f}%\"></span></span>"
        "<span>{}</span></div>\n",
        escaped(bar.label), 100 * std::clamp(bar.value, 0.0, 1.0), escaped(bar.text));
  }
  return html + "</div>\n";
}

std::string failures_section(const ReportPage& page) {
  if (page.failures.empty()) return "";
  std::string html = fmt::format("<h2>What went wrong</h2>\n<p class=\"soft\">{}</p>\n<ul class=\"failures\">\n", escaped(page.failures_note));
  for (const ReportFailure& failure : page.failures) {
    html += "<li><div class=\"pictures\">";
    for (const ReportFailure::Picture& picture : failure.pictures) {
      const std::string image = picture.webp.empty() ? "<p>not readable</p>"
                                                     : fmt::format("<img src=\"data:image/webp;base64,{}\" alt=\"{}\" loading=\"lazy\">", base64(picture.webp),
                                                                   escaped(picture.description));
      html += fmt::format("<figure>{}<figcaption>{}</figcaption></figure>", image, escaped(picture.label));
    }
    html += fmt::format("</div><p>{}</p></li>\n", escaped(failure.caption));
  }
  return html + "</ul>\n";
}

std::string notes_section(const ReportPage& page) {
  if (page.notes.empty()) return "";
  std::string html = "<h2>Left out</h2>\n<ul>\n";
  for (size_t i = 0; i < std::min(page.notes.size(), kNotesMax); ++i) html += fmt::format("<li>{}</li>\n", escaped(page.notes[i]));
  if (page.notes.size() > kNotesMax) html += fmt::format("<li>and {} more</li>\n", page.notes.size() - kNotesMax);
  return html + "</ul>\n";
}

}  // namespace

std::string render_report(const ReportPage& page) {
  std::string html(kHead);
  html += fmt::format("<title>{0}</title>\n</head>\n<body>\n<main>\n<h1>{0}</h1>\n<p>{1}</p>\n", escaped(page.title), escaped(page.summary));
  html += figures_section(page);
  for (const ReportTable& table : page.tables) html += table_section(table);
  html += confusion_section(page) + reliability_section(page);
  for (const ReportBars& bars : page.bars) html += bars_section(bars);
  return html + failures_section(page) + notes_section(page) + "</main>\n</body>\n</html>\n";
}

}  // namespace nozama
