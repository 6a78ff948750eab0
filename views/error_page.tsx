import { type Frame, Layout } from "./layout.tsx";
import { words } from "./words.ts";

/** A sentence that says what is wrong, and a way back. */
export function ErrorPage({ frame, status, detail }: { frame: Frame; status: number; detail: string }) {
  const sentence = words.error[status] ?? words.errorElse;
  const hint = words.errorHint[status];
  return (
    <Layout frame={frame} title={`${status} · ${frame.title}`} robots={false}>
      <div class="head">
        <p class="crumb">{status}</p>
        <h1>{sentence}</h1>
        {detail === "" ? null : <p class="sub">{detail}</p>}
        {hint === undefined ? null : <p class="quiet">{hint}</p>}
        <p>
          <a href={frame.url("/")}>{words.backToStatus}</a>
        </p>
      </div>
    </Layout>
  );
}
