import { useState } from "preact/hooks";
import { analysis } from "../api/analysis";
import { Fetched } from "../components/Fetched";
import { Segments } from "../components/Field";
import { Page } from "../components/Page";
import { t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { navigate, query } from "../lib/router";
import { account } from "../session";
import { InGallery } from "./compare/InGallery";
import { TwoPhotos } from "./compare/TwoPhotos";

/** Where the slider begins: the score that stands for one false match in a thousand. */
const FIRST_THRESHOLD = 0.6;

/** Two photos, or a photo and a gallery, on the calibrated scale. */
export default function Compare() {
  const calibration = useResource((signal) => analysis.calibration(signal), "calibration");
  const [threshold, setThreshold] = useState(FIRST_THRESHOLD);
  const mode = query.value.get("with") === "gallery" ? "gallery" : "photo";
  const Compared = mode === "photo" ? TwoPhotos : InGallery;
  const name = account.value ?? "";
  return (
    <Page title={t("compare.title")} lead={t("compare.lead")}>
      <div class="stack">
        <Segments
          label={t("compare.mode")}
          value={mode}
          options={[
            { value: "photo", label: t("compare.two_photos") },
            { value: "gallery", label: t("compare.in_gallery") },
          ]}
          onChange={(next) =>
            navigate(next === "gallery" ? "/compare?with=gallery" : "/compare", { replace: true })
          }
        />
        <Fetched from={calibration} height={320}>
          {(read) => (
            <Compared
              key={name}
              account={name}
              calibration={read}
              threshold={threshold}
              onThreshold={setThreshold}
            />
          )}
        </Fetched>
      </div>
    </Page>
  );
}
