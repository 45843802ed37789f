import { Page } from "../components/Page";

export default function Gallery() {
  return <Page title="Gallery">{null}</Page>;
}
