import { Page } from "../components/Page";

export default function Operators() {
  return <Page title="Operators">{null}</Page>;
}
