// A sheet that is made by script, which a host page's policy against inline styles allows. Hosts set the --nozama-… properties.
const kRules = `
:host { display: block; font: var(--nozama-font, inherit); color: var(--nozama-text, inherit); --accent: var(--nozama-accent, #1d4ed8);
  --on-accent: var(--nozama-on-accent, #fff); --line: var(--nozama-line, #8a8f98); --surface: var(--nozama-surface, Canvas); --radius: var(--nozama-radius, 8px);
  --gap: var(--nozama-gap, 16px); --card: var(--nozama-card-width, 160px); }
:host([hidden]) { display: none; }
* { box-sizing: border-box; }
h2 { font-size: 1.25em; margin: 0 0 var(--gap); }
ul { list-style: none; margin: 0; padding: 0; }
p { margin: 0; }
.drop { display: flex; flex-wrap: wrap; align-items: center; gap: 8px var(--gap); padding: var(--gap); border: 2px dashed var(--line); border-radius: var(--radius); }
.drop.over { border-color: var(--accent); background: color-mix(in srgb, var(--accent) 12%, transparent); }
.button, button { font: inherit; cursor: pointer; min-height: 44px; padding: 8px 16px; border-radius: var(--radius); border: 1px solid var(--line);
  background: var(--surface); color: inherit; display: inline-flex; align-items: center; gap: 8px; }
.button.main { background: var(--accent); color: var(--on-accent); border-color: var(--accent); font-weight: 600; }
.file { position: absolute; width: 1px; height: 1px; opacity: 0; }
.file:focus-visible + .button, button:focus-visible, a:focus-visible, .crop:focus-visible, .region:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.asked { display: grid; gap: var(--gap); margin-block: var(--gap); }
.frame { position: relative; max-width: 320px; touch-action: none; line-height: 0; overflow: hidden; border-radius: var(--radius); }
.frame img { width: 100%; height: auto; user-select: none; -webkit-user-drag: none; }
.crop { position: absolute; border: 2px solid #fff; box-shadow: 0 0 0 9999px rgb(0 0 0 / .45), inset 0 0 0 1px #000; cursor: move; }
.corner { position: absolute; width: 28px; height: 28px; margin: -14px; background: radial-gradient(circle, #fff 0 6px, #000 6px 8px, transparent 8px); }
.region { position: absolute; width: 28px; min-height: 28px; height: 28px; padding: 0; margin: -14px; border-radius: 50%; border: 2px solid #fff; background: var(--accent); box-shadow: 0 0 0 1px #000; justify-content: center; }
.chips { display: flex; flex-wrap: wrap; gap: 8px; }
.chips button { border-radius: 999px; }
.chips button[aria-pressed=true] { background: var(--accent); color: var(--on-accent); border-color: var(--accent); }
.status { min-height: 1.5em; margin-block-end: 8px; }
.status.failed { padding: 12px; border: 1px solid currentColor; border-radius: var(--radius); display: flex; flex-wrap: wrap; gap: 12px; align-items: center; }
.results { display: grid; gap: var(--gap); grid-template-columns: repeat(auto-fill, minmax(min(var(--card), 45%), 1fr)); }
.results[aria-busy=true] { opacity: .6; }
.row { grid-auto-flow: column; grid-auto-columns: var(--card); grid-template-columns: none; overflow-x: auto; padding-block-end: 8px; }
.card { display: flex; flex-direction: column; gap: 4px; height: 100%; color: inherit; text-decoration: none; border-radius: var(--radius); overflow-wrap: anywhere; }
.card img, .blank { width: 100%; height: auto; aspect-ratio: 1; object-fit: cover; border-radius: var(--radius); background: color-mix(in srgb, currentColor 8%, transparent); }
.title { display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; overflow: hidden; }
.card:hover .title { text-decoration: underline; }
.price { font-weight: 600; }
.small { font-size: .875em; }
.more { margin-block-start: var(--gap); }
@media (min-width: 640px) { .asked { grid-template-columns: minmax(200px, 320px) 1fr; align-items: start; } }
@media (prefers-reduced-motion: no-preference) { .results { transition: opacity .15s; } }
`;

let made: CSSStyleSheet | undefined;

export function sheet(): CSSStyleSheet {
  if (made === undefined) {
    made = new CSSStyleSheet();
    made.replaceSync(kRules);
  }
  return made;
}
