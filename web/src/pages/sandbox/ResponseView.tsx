import { useMemo, useState } from "preact/hooks";
import { Button } from "../../components/Button";
import { Code } from "../../components/Code";
import { Card } from "../../components/Page";
import { Badge, Empty, Notice } from "../../components/states";
import { format, t } from "../../lib/i18n";
import type { Answer } from "../../sandbox/answer";
import { prettyTokens, type Token } from "../../sandbox/pretty";
import { CopyButton } from "./CopyButton";

/** Answers longer than this are shown in part first, so that the page stays quick. */
const MOST_SHOWN = 40_000;

export type Outcome =
  | { kind: "none" }
  | { kind: "failed"; reason: string }
  | { kind: "answer"; answer: Answer };

/** The answer: status, time, headers of interest and the body. */
export function ResponseView({ outcome, busy }: { outcome: Outcome; busy: boolean }) {
  const answer = outcome.kind === "answer" ? outcome.answer : null;
  return (
    <Card
      title={t("sandbox.response")}
      actions={answer ? <CopyButton text={answer.text} what={t("sandbox.response")} /> : undefined}
    >
      <div id={RESPONSE} class={busy ? "stack stale" : "stack"} aria-live="polite" aria-busy={busy}>
        {outcome.kind === "none" && <Empty icon="sandbox" title={t("sandbox.nothing_sent")} />}
        {outcome.kind === "failed" && <Notice kind="bad">{outcome.reason}</Notice>}
        {answer && <Shown answer={answer} />}
      </div>
    </Card>
  );
}

/** The status of an answer, and a way to the rest of it: on small windows that is far below. */
export function ShortAnswer({ outcome }: { outcome: Outcome }) {
  if (outcome.kind === "none") return null;
  const badge =
    outcome.kind === "failed" ? (
      <Badge tone="bad">{t("sandbox.no_answer")}</Badge>
    ) : (
      <Badge tone={toneOf(outcome.answer)}>{statusOf(outcome.answer)}</Badge>
    );
  return (
    <>
      {badge}
      <Button
        small
        kind="quiet"
        onClick={() => document.getElementById(RESPONSE)?.scrollIntoView({ block: "start" })}
      >
        {t("sandbox.to_response")}
      </Button>
    </>
  );
}

const RESPONSE = "response";

function toneOf({ status }: Answer): "good" | "warn" | "bad" {
  if (status < 300) return "good";
  return status < 500 ? "warn" : "bad";
}

function statusOf({ status, statusText }: Answer): string {
  return `${status} ${statusText}`.trim();
}

function Shown({ answer }: { answer: Answer }) {
  return (
    <>
      <p class="row response-line">
        <Badge tone={toneOf(answer)}>{statusOf(answer)}</Badge>
        <span class="hint">{format.milliseconds(answer.ms)}</span>
        <span class="hint">{format.bytes(answer.bytes)}</span>
      </p>
      {answer.headers.length > 0 && (
        <dl class="headers">
          {answer.headers.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {answer.text === "" ? <p class="hint">{t("sandbox.empty_body")}</p> : <Body answer={answer} />}
    </>
  );
}

function Body({ answer }: { answer: Answer }) {
  const [isWhole, setWhole] = useState(false);
  const tokens = useMemo(
    (): Token[] =>
      answer.json === undefined ? [{ kind: "space", text: answer.text }] : prettyTokens(answer.text),
    [answer],
  );
  const shown = useMemo(() => joined(isWhole ? tokens : cut(tokens)), [tokens, isWhole]);
  const isCut = !isWhole && cut(tokens).length < tokens.length;
  return (
    <>
      <Code tall label={t("sandbox.response")}>
        {shown.map((token, index) =>
          token.kind === "space" ? (
            token.text
          ) : (
            <span key={index} class={`json-${token.kind}`}>
              {token.text}
            </span>
          ),
        )}
      </Code>
      {isCut && (
        <Button small onClick={() => setWhole(true)}>
          {t("sandbox.show_all", { size: format.bytes(answer.bytes) })}
        </Button>
      )}
    </>
  );
}

function cut(tokens: Token[]): Token[] {
  let length = 0;
  const end = tokens.findIndex((token) => {
    length += token.text.length;
    return length > MOST_SHOWN;
  });
  return end < 0 ? tokens : tokens.slice(0, end);
}

/** Marks and space are not coloured: they are joined, so that there are fewer elements. */
function joined(tokens: Token[]): Token[] {
  const out: Token[] = [];
  for (const token of tokens) {
    const last = out.at(-1);
    const isPlain = token.kind === "mark" || token.kind === "space";
    if (isPlain && last?.kind === "space") last.text += token.text;
    else out.push(isPlain ? { kind: "space", text: token.text } : { ...token });
  }
  return out;
}
