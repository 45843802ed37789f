import { Page } from "../components/Page";

export default function Subject() {
  return <Page title="Subject">{null}</Page>;
}
