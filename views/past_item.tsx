import type { ShownIncident } from "../domain/incident_view.ts";
import type { Frame } from "./layout.tsx";
import { dayAndTime, inZone, isoSecond } from "./times.ts";
import { shortDuration, words } from "./words.ts";

/** One incident as a line of a list. */
export function PastItem(
  { frame, incident, withSnapshot }: { frame: Frame; incident: ShownIncident; withSnapshot?: boolean },
) {
  const isOpen = incident.endedAt === null;
  const about = aboutIncident(incident);
  return (
    <li>
      <time datetime={isoSecond(incident.startedAt)}>
        {dayAndTime(incident.startedAt, frame.now)} {words.utc}
        {frame.zone === null || frame.zone === "UTC" ? "" : ` (${inZone(incident.startedAt, frame.zone)})`}
      </time>
      <div>
        <a href={frame.url(`/incident/${incident.id}`)}>
          <b>{isOpen ? words.isDown(incident.monitorName) : words.wasDown(incident.monitorName)}</b>
        </a>
        {about === "" ? null : <p>{about}</p>}
        {withSnapshot !== true || incident.snapshot === null ? null : (
          <details>
            <summary>{words.answered}</summary>
            <pre tabindex={0}>{incident.snapshot}</pre>
          </details>
        )}
      </div>
      <span class={isOpen ? "len open" : "len"}>
        {isOpen ? words.ongoing : shortDuration(incident.endedAt - incident.startedAt)}
        {incident.planned ? `, ${words.state.maintenance}` : ""}
      </span>
    </li>
  );
}

/** Reason, cause, impact, an end that is none, and note, as sentences. */
function aboutIncident(incident: ShownIncident): string {
  const parts: string[] = [];
  if (incident.reason !== null) parts.push(sentence(incident.reason));
  if (incident.cause !== null) parts.push(words.causedBy(incident.cause));
  if (incident.impacted.length > 0) parts.push(words.impacts(incident.impacted));
  if (incident.unwatched) parts.push(sentence(words.unwatched));
  if (incident.note !== null) parts.push(sentence(incident.note));
  return parts.join(" ");
}

/** A reason as a sentence of its own. */
export function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}
