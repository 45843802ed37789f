import type { ComponentChildren } from "preact";
import type { ModelCard } from "../../api/analysis";
import { Card } from "../../components/Page";
import { Badge, Empty } from "../../components/states";
import { format, t } from "../../lib/i18n";
import { said, saidInParts } from "../../lib/said";
import { wordFor } from "../../lib/words";

/** Where each model comes from, under which licence, and what it is for. */
export function ModelCards({ models }: { models: readonly ModelCard[] }) {
  if (models.length === 0) return <Empty icon="accuracy" title={t("accuracy.no_models")} />;
  return (
    <div class="grid">
      {models.map((model) => (
        <Card
          key={`${model.pack} ${model.task} ${model.name}`}
          title={model.name}
          actions={
            <Badge tone={model.in_use ? "good" : "neutral"}>
              {t(
                model.in_use
                  ? "accuracy.in_use"
                  : model.installed
                    ? "accuracy.installed"
                    : "accuracy.not_installed",
              )}
            </Badge>
          }
        >
          <dl class="facts">
            <Fact name={t("accuracy.task")} value={wordFor("task", model.task)} />
            <Fact name={t("accuracy.licence")} value={model.licence} />
            <Fact name={t("accuracy.pack")} value={model.pack} />
            <Fact name={t("accuracy.package")} value={packageOf(model)} />
            <Fact name={t("accuracy.input")} value={saidInParts(model.input)} />
            <Fact name={t("accuracy.size")} value={model.bytes === null ? null : format.bytes(model.bytes)} />
            <Fact name="SHA-256" value={model.digest && <code class="digest">{model.digest}</code>} />
          </dl>
          {model.provenance && <p class="model-text">{said(model.provenance)}</p>}
          {model.needs_acceptance && <p class="model-text">{t("accuracy.needs_acceptance")}</p>}
          {model.weak && <p class="notice bad">{t("accuracy.weak")}</p>}
        </Card>
      ))}
    </div>
  );
}

/** The package and its version, without the files that are taken out of it. */
function packageOf({ source_package: source, version }: ModelCard): string {
  const name = source.split(": ")[0] ?? source;
  return version === "" || name.endsWith(` ${version}`) ? name : `${name} ${version}`;
}

function Fact({ name, value }: { name: string; value: ComponentChildren }) {
  if (value === null || value === "") return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}
