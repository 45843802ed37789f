import { Page } from "../components/Page";

export default function Galleries() {
  return <Page title="Galleries">{null}</Page>;
}
