import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/frame.css";
import "./styles/components.css";
import "./styles/dates.css";
import "./styles/tables.css";
import "./styles/pictures.css";
import "./styles/pages.css";
import "./styles/analysis.css";
import "./styles/sandbox.css";
import "./styles/media.css";
import { render } from "preact";
import { App } from "./App";

const root = document.getElementById("app");
if (root) render(<App />, root);
