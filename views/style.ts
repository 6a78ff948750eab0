import { contrast } from "./contrast.ts";
import { words } from "./words.ts";

/** The style sheet. Every colour, size and distance is a token at the top; the dark theme changes colours alone. */

const light = {
  "paper": "#fbfaf7",
  "card": "#ffffff",
  "ink": "#1d1c1a",
  "soft": "#57544e",
  "faint": "#6b6760",
  "line": "#e6e2d9",
  "rule": "#cbc5b8",
  "up": "#2f8f5b",
  "up-ink": "#1f6b42",
  "slow": "#b97c0a",
  "slow-ink": "#7d5200",
  "down": "#c8372d",
  "down-ink": "#a3241b",
  "work": "#4a6fb5",
  "work-ink": "#2f5295",
  "none": "#cfcabf",
  "tint-down": "#fdf1ef",
  "tint-slow": "#fdf6e7",
  "tint-work": "#f0f4fb",
  "tint-up": "#f0f7f2",
  "focus": "#2f5295",
};

const dark: typeof light = {
  "paper": "#131412",
  "card": "#1b1c1a",
  "ink": "#f1efe9",
  "soft": "#b8b4aa",
  "faint": "#9b978d",
  "line": "#2a2b28",
  "rule": "#4a4b46",
  "up": "#4fb680",
  "up-ink": "#7fd3a6",
  "slow": "#e0a83a",
  "slow-ink": "#efc26a",
  "down": "#ef6a5e",
  "down-ink": "#ff9a90",
  "work": "#7d9fe0",
  "work-ink": "#a8c1f2",
  "none": "#3c3d37",
  "tint-down": "#2a1a18",
  "tint-slow": "#292215",
  "tint-work": "#1a202c",
  "tint-up": "#17231c",
  "focus": "#a8c1f2",
};

const tokens = (theme: typeof light) =>
  Object.entries(theme).map(([name, value]) => `--${name}:${value}`).join(";");

const themes = `:root{color-scheme:light;${tokens(light)};
--r:14px;--gap:1rem;
--sans:ui-sans-serif,system-ui,-apple-system,"Segoe UI",Inter,"Noto Sans",sans-serif;
--serif:ui-serif,"Iowan Old Style","Palatino Linotype",Palatino,"Source Serif 4","Noto Serif",Georgia,serif;
--mono:ui-monospace,"SF Mono","Cascadia Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]){color-scheme:dark;${tokens(dark)}}}
:root[data-theme=dark]{color-scheme:dark;${tokens(dark)}}`;

const rules = `
*{box-sizing:border-box}
html{font:400 16px/1.5 var(--sans);background:var(--paper);color:var(--ink);-webkit-text-size-adjust:100%;text-size-adjust:100%;font-variant-numeric:tabular-nums}
body{margin:0 auto;max-width:66rem;padding:0 clamp(1rem,4vw,2.5rem) 3rem;overflow-wrap:break-word}
a{color:inherit;text-underline-offset:.2em;text-decoration-color:var(--rule)}
a:hover{text-decoration-color:currentColor}
:focus-visible{outline:2px solid var(--focus);outline-offset:3px;border-radius:4px}
.skip{position:absolute;inset-inline-start:-99rem}
.skip:focus{inset-inline-start:1rem;top:1rem;background:var(--card);padding:.5rem 1rem;z-index:1}
.sprite{position:absolute}
.i{width:.85rem;height:.85rem;flex:none;display:inline-block;overflow:visible}
.f-up{fill:var(--up)}.f-slow{fill:var(--slow)}.f-down{fill:var(--down)}.f-work{fill:var(--work)}.f-none{fill:var(--none)}
.wash{opacity:.15}
.cross{stroke:var(--card);stroke-width:2.2;stroke-linecap:round;fill:none}
.ring{fill:none;stroke:var(--faint);stroke-width:2;stroke-dasharray:3.2 1.82}
.tiny{fill:none;stroke:currentColor;stroke-width:2.6;stroke-dasharray:2.25 .996}
.arrow{fill:none;stroke:var(--faint);stroke-width:1.7;stroke-linecap:round;stroke-linejoin:round}
.sign{fill:none;stroke-width:7.5;stroke-linecap:round;stroke-linejoin:round}
.p-up{stroke:var(--up)}.p-slow{stroke:var(--slow)}.p-down{stroke:var(--down)}.p-work{stroke:var(--work)}.p-none{stroke:var(--faint)}
h1,h2,h3,.gname,.rows>li>a,.past b{unicode-bidi:isolate}

.top{display:flex;align-items:center;justify-content:space-between;gap:.5rem 1.5rem;padding:1.5rem 0;flex-wrap:wrap}
.top .name{font-weight:650;letter-spacing:-.01em;text-decoration:none;display:flex;align-items:center;gap:.6rem;min-width:0;unicode-bidi:isolate}
.top .name img{display:block;height:2rem;width:auto;max-width:min(14rem,100%);object-fit:contain}
.only-dark{display:none!important}
.top nav{margin-inline-start:auto}
.top nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;margin:0;padding:0;font-size:.9rem;color:var(--soft)}
.top nav a{display:inline-block;padding:.25rem 0;overflow-wrap:anywhere}
.operator{font-size:.78rem;color:var(--work-ink);background:var(--tint-work);border-radius:99px;padding:.1rem .6rem}

.hero{display:grid;grid-template-columns:auto 1fr;gap:clamp(1.1rem,4vw,2.5rem);align-items:center;padding:clamp(1.25rem,4.5vw,3rem) 0 clamp(1.5rem,4.5vw,2.75rem)}
.hours{width:clamp(84px,15vw,136px);height:auto;display:block;aspect-ratio:1}
.hero h1,.head h1{font:500 clamp(1.75rem,4.6vw,3.1rem)/1.12 var(--serif);letter-spacing:-.018em;margin:0 0 .6rem;text-wrap:balance;overflow-wrap:anywhere}
.hero p{margin:0;color:var(--soft)}
.hero b{color:var(--ink);font-weight:600}
.lead{max-width:42rem;color:var(--soft);margin:-.5rem 0 2rem}
.head{padding:clamp(1rem,3.5vw,2.25rem) 0 clamp(.75rem,2vw,1.25rem)}
.head h1{font-size:clamp(1.6rem,4vw,2.6rem)}
.head p{margin:.25rem 0 0}
.head .sub{margin:0;color:var(--soft);display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;align-items:baseline}
.crumb{margin:0 0 .75rem;font-size:.88rem;color:var(--faint)}
h2{font:600 .8rem/1.3 var(--sans);letter-spacing:.06em;text-transform:uppercase;color:var(--faint);margin:2.75rem 0 .9rem}

.note{border-radius:var(--r);padding:.9rem 1.1rem;margin:0 0 .75rem;border:1px solid var(--line);background:var(--card);display:grid;grid-template-columns:1rem 1fr auto;gap:.2rem .8rem;align-items:baseline}
.note>.i{width:1rem;height:1rem;align-self:center}
.note>b{font-weight:600;overflow-wrap:anywhere}
.note>p{grid-column:2/-1;margin:0;color:var(--soft);white-space:pre-line;overflow-wrap:anywhere}
.note>.when{color:var(--soft);font-size:.85rem}
.note.work{background:var(--tint-work);border-color:transparent}
.note.warning{background:var(--tint-slow);border-color:transparent}
.note.critical{background:var(--tint-down);border-color:transparent}
.note.resolved{background:var(--tint-up);border-color:transparent}

.trouble{display:grid;gap:.75rem}
.case{border-radius:var(--r);background:var(--card);border:1px solid var(--line);padding:1.1rem 1.25rem;display:grid;grid-template-columns:minmax(0,3fr) minmax(9rem,2fr);gap:.35rem 2rem;position:relative;overflow:hidden}
.case::before{content:"";position:absolute;inset-block:0;inset-inline-start:0;width:4px;background:var(--down)}
.case.slow::before{background:var(--slow)}
.case h3{margin:0;font-size:1.1rem;font-weight:620;letter-spacing:-.01em;overflow-wrap:anywhere}
.case h3 a{text-decoration:none}.case h3 a:hover{text-decoration:underline}
.case>.chart{grid-column:2;grid-row:1/span 4;align-self:center}
.case>p{margin:0}
.more{color:var(--soft);font-size:.92rem;margin:.75rem 0 0}
.chart{display:block;width:100%;height:72px}
.chart.big{height:clamp(120px,22vw,190px)}
.axis{stroke:var(--line);stroke-width:1;vector-effect:non-scaling-stroke;fill:none}
.line{fill:none;stroke:var(--soft);stroke-width:1.5;vector-effect:non-scaling-stroke;stroke-linejoin:round}
.band{fill:var(--soft);opacity:.15}
.plot{background:var(--card);border:1px solid var(--line);border-radius:var(--r);padding:1rem 1.25rem .8rem}
.plot .legend{margin-top:.75rem}
.plot .ends{display:flex;flex-wrap:wrap;justify-content:space-between;gap:.1rem 1rem;font-size:.8rem;color:var(--faint)}
.state{display:flex;align-items:baseline;gap:.45rem;font-weight:600;font-size:.92rem}.state .i{transform:translateY(.1em)}.sub .state{display:inline-flex}
.state.down{color:var(--down-ink)}.state.degraded{color:var(--slow-ink)}.state.up{color:var(--up-ink)}.state.maintenance{color:var(--work-ink)}.state.unknown{color:var(--faint)}
.why{color:var(--soft);font-size:.92rem;overflow-wrap:anywhere}
.why b{color:var(--ink);font-weight:560}

.group{border:1px solid var(--line);border-radius:var(--r);background:var(--card);margin-bottom:.75rem}
summary{cursor:pointer}
.group>summary{list-style:none;display:grid;grid-template-columns:.85rem minmax(0,1fr) auto .75rem;gap:.9rem;align-items:center;padding:.95rem 1.25rem;border-radius:var(--r)}
.group>summary::-webkit-details-marker{display:none}
.group>summary>.i{width:1rem;height:1rem;margin-inline:-.075rem}
.group h3{font-size:1rem;font-weight:400;margin:0;overflow-wrap:anywhere}
.gname{font-weight:620;letter-spacing:-.01em;unicode-bidi:isolate}
.group>summary small{color:var(--faint);margin-inline-start:.5rem;font-size:.88rem}
.group>summary .pct{color:var(--soft);font-size:.9rem}
.fold{width:.75rem;height:.75rem;transition:rotate .15s}
.group[open]>summary .fold{rotate:90deg}
.dense>.group{margin-bottom:.3rem;border-radius:8px}.dense>.group>summary{padding-block:.6rem}
.plain{padding-top:.9rem}
.rows{list-style:none;margin:0;padding:0 1.25rem .35rem}
.rows>li,.scale{display:grid;grid-template:"i name bar up" ". since bar ms"/.85rem minmax(8rem,15rem) minmax(0,1fr) 9.5rem;gap:0 .9rem;align-items:center}
.rows>li{padding:.5rem 0;border-top:1px solid var(--line)}
.rows>li>.i{grid-area:i}.rows>li>.b{grid-area:bar}
.rows>li>a{grid-area:name;overflow:hidden;overflow-wrap:anywhere;display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2;text-decoration:none;padding:.1rem 0}
.rows>li>a:hover{text-decoration:underline}
.rows>li>small{grid-area:since;font-size:.82rem;color:var(--faint);text-wrap:balance}
.rows>li>.down{color:var(--down-ink)}.rows>li>.degraded{color:var(--slow-ink)}.rows>li>.maintenance{color:var(--work-ink)}
.rows>li>b,.scale>b{grid-area:up;text-align:end;font-size:.9rem;font-weight:560}
.rows>li>i,.scale>i{grid-area:ms;text-align:end;font-size:.82rem;font-style:normal;color:var(--faint)}
.rows>li>p{grid-column:2/-1;margin:.15rem 0 .1rem;font-size:.85rem;color:var(--soft);display:flex;flex-wrap:wrap;gap:.1rem .9rem}
.rows>li>p .warn{color:var(--slow-ink)}.rows>li>p .bad{color:var(--down-ink)}
.brief>li:not(.x),.scale.brief{grid-template:"i name bar up ms"/.85rem minmax(7rem,14rem) minmax(0,1fr) 4.6rem 9.5rem}
.brief>li:not(.x)::before{grid-area:i;content:""/"${words.state.up}";width:.75rem;height:.75rem;border-radius:50%;background:var(--up);forced-color-adjust:none;print-color-adjust:exact}
.scale{font-size:.82rem;color:var(--faint);padding:0 1.25rem .5rem;align-items:end}
.scale>div{grid-area:bar;display:flex;justify-content:space-between;gap:.5rem}
.scale>b{font-weight:400;font-size:.82rem}
.own{margin:0;padding:.55rem 1.25rem .8rem;font-size:.85rem;color:var(--soft);border-top:1px solid var(--line)}
.b{width:100%;height:28px;display:block}
.u,.s,.d,.w,.n{fill:none;stroke-dasharray:3 1}
.u{stroke:var(--up);stroke-width:11}.s{stroke:var(--slow);stroke-width:18}.d{stroke:var(--down);stroke-width:27}.w{stroke:var(--work);stroke-width:11}.n{stroke:var(--none);stroke-width:4}
.legend{display:flex;flex-wrap:wrap;gap:.4rem 1.4rem;font-size:.85rem;color:var(--soft);margin:1.25rem 0 0;padding:0;list-style:none}
.legend li{display:inline-flex;align-items:center;gap:.45rem}

.past{list-style:none;margin:0;padding:0;border-top:1px solid var(--line)}
.past li{display:grid;grid-template-columns:9.5rem minmax(0,1fr) auto;gap:0 1.25rem;padding:.75rem 0;border-bottom:1px solid var(--line);align-items:baseline}
.past time{color:var(--faint);font-size:.88rem}
.past b{font-weight:560}
.past p{margin:.1rem 0 0;color:var(--soft);font-size:.92rem;overflow-wrap:anywhere}
.past .len{color:var(--soft);font-size:.88rem;text-align:end;max-width:12rem}
.past .len.open{color:var(--down-ink);font-weight:600}
.past details{margin-top:.35rem;font-size:.9rem}
.peers{list-style:none;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:.5rem 1.75rem;font-size:.92rem}
.peers li{display:inline-flex;align-items:center;gap:.5rem;flex-wrap:wrap}
.peers small{color:var(--faint);font-size:.85rem}
.quiet{color:var(--soft)}
pre,code{font-family:var(--mono);font-size:.85em}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.75rem 1rem;margin:.5rem 0 0;max-height:24rem;overflow:auto}
.facts{display:flex;flex-wrap:wrap;margin:0;background:var(--card);border:1px solid var(--line);border-radius:var(--r);overflow:hidden}
.facts>div{flex:1 1 12.5rem;padding:.8rem 1.1rem;min-width:0;box-shadow:1px 1px 0 var(--line)}
.facts dt{font-size:.82rem;color:var(--faint)}
.facts dd{margin:.1rem 0 0;font-weight:560;overflow-wrap:anywhere}
.facts dd small{display:block;font-weight:400;color:var(--soft);font-size:.85rem}
.filters{display:flex;flex-wrap:wrap;gap:.4rem;list-style:none;margin:0 0 1.5rem;padding:0;font-size:.9rem}
.filters a,.filters b{display:inline-block;border:1px solid var(--line);border-radius:99px;padding:.25rem .85rem;text-decoration:none;background:var(--card);font-weight:400;overflow-wrap:anywhere;unicode-bidi:isolate}
.filters a:hover{border-color:var(--rule)}
.pick{display:flex;gap:.5rem .6rem;align-items:center;margin:-.75rem 0 1.5rem;font-size:.9rem;color:var(--soft)}
select,button{font:inherit;color:var(--ink);background:var(--card);border:1px solid var(--rule);border-radius:99px;padding:.25rem .85rem;min-height:2rem;max-width:100%}
.pick label{flex:none}.pick select{flex:0 1 20rem;min-width:0;width:8rem}
button{cursor:pointer}button:hover{border-color:var(--soft)}
.filters [aria-current]{background:var(--ink);color:var(--paper);border-color:var(--ink)}
.pager{display:flex;justify-content:space-between;gap:1rem;margin-top:1.5rem}
.timebox{display:grid;grid-template-columns:fit-content(min(12rem,36%)) minmax(0,1fr);gap:.25rem 1rem;font-size:.82rem;line-height:20px;background:var(--card);border:1px solid var(--line);border-radius:var(--r);padding:1rem 1.25rem}
.timebox ol{list-style:none;margin:0;padding:0;overflow:hidden}
.timebox li{height:20px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;unicode-bidi:isolate}
.timeline{display:block;width:100%}.mark{stroke-width:1.5px;vector-effect:non-scaling-stroke}.mark.f-down{stroke:var(--down)}.mark.f-work{stroke:var(--work)}
.timebox .ends{grid-column:2;display:flex;justify-content:space-between;color:var(--faint)}
.steps{list-style:none;margin:0;padding:0 0 0 .4rem}
.steps li{position:relative;padding-block:0 1.1rem;padding-inline-start:1.4rem;display:grid;gap:.05rem}
.steps li:not(:last-child)::before{content:"";position:absolute;inset-inline-start:0;inset-block:.8rem -.8rem;border-inline-start:1px solid var(--rule)}
.steps li:last-child{padding-bottom:0}
.steps .i{position:absolute;inset-inline-start:-.43rem;top:.33rem;background:var(--paper);border-radius:50%;outline:3px solid var(--paper)}
.steps time{font-size:.85rem;color:var(--faint)}
.steps p{margin:0;overflow-wrap:anywhere}
.phases{display:block;height:1.25rem;border-radius:6px;width:100%}
.ph0{fill:#8a9a5b;background:#8a9a5b}.ph1{fill:#4a6fb5;background:#4a6fb5}.ph2{fill:#8a6bb0;background:#8a6bb0}.ph3{fill:#c98a12;background:#c98a12}.ph4{fill:#5d8f9b;background:#5d8f9b}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{text-align:start;padding:.45rem .75rem .45rem 0;border-bottom:1px solid var(--line);vertical-align:baseline}
th{font-weight:560}
thead th{color:var(--faint);font-size:.82rem;font-weight:400}
td.r,th.r{text-align:end}:is(td,th):last-child{padding-inline-end:0}th[scope=row]{white-space:nowrap}
.plot details{margin-top:.5rem}
caption{text-align:start;font-weight:600;padding:0 0 .4rem}
.heat{display:block;width:100%;height:auto;direction:ltr}
.heat text{fill:var(--faint);font-size:7px;font-family:var(--sans)}
.h0{fill:var(--up)}.h1{fill:#84a83a}.h2{fill:var(--slow)}.h3{fill:#d9691f}.h4{fill:var(--down)}
.legend i{width:.8rem;height:.8rem;border-radius:2px;display:inline-block}
.legend svg{width:.8rem;height:.8rem}
.badge{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;margin:0 0 .75rem}
.badge img{width:auto;height:20px}.badge code{overflow-wrap:anywhere;color:var(--soft);user-select:all}
footer{margin-top:3.25rem;padding-top:1.1rem;border-top:1px solid var(--line);color:var(--faint);font-size:.85rem;display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;justify-content:space-between}
footer ul{display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;list-style:none;margin:0;padding:0}
footer p{margin:0}footer .i{vertical-align:-.1em}
@media (max-width:46rem){
.case{grid-template-columns:minmax(0,1fr)}.case>.chart{grid-column:1;grid-row:auto;order:1;margin-top:.5rem}
.group>summary{grid-template-columns:.85rem minmax(0,1fr) .75rem;gap:.5rem;padding-inline:1rem}.rows,.scale,.own{padding-inline:1rem}.group>summary small{display:block;margin:0}.group>summary .pct{display:none}
.rows>li{grid-template:"i name name up" ". since ms ms" "bar bar bar bar"/.85rem auto minmax(0,1fr) auto;gap:0 .5rem}
.rows>li>.b{height:24px;margin-top:.3rem}
.brief>li:not(.x){grid-template:"i name up" "bar bar bar" "ms ms ms"/.85rem minmax(0,1fr) auto}
.scale,.scale.brief{grid-template:"up ms" "bar bar"/auto 1fr;gap:.2rem .3rem}.scale>b{text-align:start}.scale>b::after{content:","}.scale>i{text-align:start}
.past li{grid-template-columns:minmax(0,1fr) auto}.past time{grid-column:1/-1}
.note{grid-template-columns:1rem 1fr}.note>.when{grid-column:2}
.heat text{font-size:13px}
.rows>li>small,.rows>li>i{font-size:.78rem}.plot table{font-size:.85rem}.plot :is(th,td):not(:last-child){padding-inline-end:.5rem}
}
[dir=rtl] :is(.b,.chart,.timeline,.phases){transform:scaleX(-1)}[dir=rtl] .fold{scale:-1 1}[dir=rtl] .rows>li>:is(b,i){direction:ltr;text-align:left}
@media print{
:root:root{color-scheme:light;${tokens(light)}}
html{background:#fff;font-size:10.5pt}body{max-width:none;padding:0}
.group,.case,.past li,tr{break-inside:avoid}
.top nav,.legend,.skip,.own,.pager,.filters,.pick{display:none}
h2,.scale{break-after:avoid}.note.note{border-color:#999;break-inside:avoid}
}
@media (prefers-reduced-motion:reduce){*{transition:none!important}}
@media (forced-colors:active){.i,.b,.hours,.chart,.heat,.timeline,.phases,.legend i{forced-color-adjust:none}.filters [aria-current]{forced-color-adjust:none;background:Highlight;color:HighlightText}.facts>div{border:1px solid;margin:-1px}}
`;

const logos =
  `@media (prefers-color-scheme:dark){:root:not([data-theme=light]) .only-light{display:none!important}
:root:not([data-theme=light]) .only-dark{display:block!important}}
:root[data-theme=dark] .only-light{display:none!important}:root[data-theme=dark] .only-dark{display:block!important}
`;

/** The report on paper: no cut rows, page numbers, greys that survive a laser printer. */
const report = `
.sheet h1{font:500 2rem/1.2 var(--serif);margin:0 0 .25rem}
.sheet table{margin:0 0 1.5rem;table-layout:fixed;min-width:44rem}.sheet td:nth-child(2){white-space:nowrap}.sheet thead th:first-child{width:22%}.sheet thead th:nth-child(6){width:17%}.sheet thead th:nth-child(7){width:15%}.sheet caption{font-size:1.05rem}.sheet caption small{font-weight:400;color:var(--soft);margin-inline-start:.6rem}
.sheet th[scope=row]{max-width:18rem;white-space:normal;overflow-wrap:anywhere}
.sheet tr{break-inside:avoid}.sheet thead{display:table-header-group}
@page{size:auto;margin:16mm 14mm 18mm;@bottom-right{content:counter(page) " / " counter(pages);font:9pt sans-serif;color:#555}}
@media screen and (max-width:46rem){
.sheet table{min-width:0}.sheet :is(table,caption,tbody){display:block}.sheet thead{position:absolute;clip-path:inset(50%);height:1px;width:1px;overflow:hidden}
.sheet tbody tr{display:flex;flex-wrap:wrap;gap:.1rem 1.1rem;padding:.55rem 0;border-bottom:1px solid var(--line)}
.sheet tbody :is(th,td){border:0;padding:0}.sheet th[scope=row]{flex:1 1 60%;max-width:none}.sheet td:nth-child(2){flex:0 0 auto}
.sheet td:nth-child(n+3){font-size:.85rem;color:var(--soft)}.sheet td:nth-child(n+3)::before{content:attr(data-label) " ";color:var(--faint)}.sheet td.nil{display:none}}
@media print{.sheet table{min-width:0}.scroll{overflow:visible}.sheet thead th{border-bottom:1.2pt solid #555;color:#222}.sheet td,.sheet th{border-bottom:.5pt solid #aaa;color:#111}.sheet tbody tr:first-child{break-before:avoid}.sheet tbody tr:nth-child(-n+2){break-after:avoid}.sheet tbody tr:nth-last-child(-n+2){break-before:avoid}.sheet caption{break-after:avoid}.sheet .state.down{color:#000;font-weight:700}.screen{display:none!important}.top{padding:0 0 6mm}footer{margin-top:8mm;color:#444}}
`;

/** A boundary that has to be seen differs from its ground by so much (WCAG 1.4.11). */
const LEAST_CONTRAST = 3;

/** An accent is used where nothing else has a meaning: links of the header, and the focus where it can be seen in both themes. */
function accentRules(accent: string): string {
  const isSeen = [light.paper, dark.paper].every((paper) => contrast(accent, paper) >= LEAST_CONTRAST);
  const focus = isSeen ? `:root:root{--focus:${accent}}` : "";
  return `:root{--accent:${accent}}${focus}.top nav a,footer a,.own a,.more a{text-decoration-color:var(--accent);text-decoration-thickness:2px}`;
}

/** The whole style sheet; `accent` is `#rrggbb`, `custom` an operator's own rules, which come last and win. */
export function styleSheet(options: { accent: string | null; custom: string | null }): string {
  const accent = options.accent !== null && /^#[0-9a-f]{6}$/i.test(options.accent)
    ? accentRules(options.accent)
    : "";
  return [themes, rules, logos, report, accent, options.custom ?? ""].join("\n").replace(/\n{2,}/g, "\n");
}

/** For `theme-color`: the paper of each theme. */
export const paper = { light: light.paper, dark: dark.paper } as const;
