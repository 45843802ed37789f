import { strToU8, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { bySubject, guessNaming, limits, plan, subjectOf } from "../../src/lib/imports";
import { ArchiveError, list, unpack } from "../../src/lib/zip";

const file = (path: string, size = 1000) => ({ path, size });

describe("the subject of a path", () => {
  it.each([
    ["people/ada/1.jpg", "ada"],
    ["ada/1.jpg", "ada"],
    ["people/Ada Lovelace /front.png", "Ada Lovelace"],
  ])("is the folder that %s lies in", (path, subject) => {
    expect(subjectOf(path, "folder")).toBe(subject);
  });

  it.each([
    ["ada_1.jpg", "ada"],
    ["ada-lovelace-02.jpg", "ada-lovelace"],
    ["people/ada_lovelace_2024-05-01.jpg", "ada_lovelace"],
    ["ada 3.png", "ada"],
    ["ada.jpg", "ada"],
    ["r2d2-7.webp", "r2d2"],
  ])("is the start of the file's name: %s", (path, subject) => {
    expect(subjectOf(path, "file")).toBe(subject);
  });

  it("is the file's name where there is no folder", () => {
    expect(subjectOf("ada_1.jpg", "folder")).toBe("ada");
  });
});

describe("the naming", () => {
  it("is by folder where photos lie in several", () => {
    expect(guessNaming(["ada/1.jpg", "alan/1.jpg"], false)).toBe("folder");
    expect(guessNaming(["people/ada/1.jpg", "people/alan/1.jpg"], true)).toBe("folder");
  });

  it("is by file where all lie in the chosen folder", () => {
    expect(guessNaming(["people/ada-1.jpg", "people/alan-1.jpg"], true)).toBe("file");
    expect(guessNaming(["ada-1.jpg"], false)).toBe("file");
  });

  it("is by folder where an archive has one", () => {
    expect(guessNaming(["ada/1.jpg", "ada/2.jpg"], false)).toBe("folder");
  });
});

describe("the plan", () => {
  it("leaves out what is no photo and says why", () => {
    const { photos, skipped } = plan(
      [file("ada/1.jpg"), file("ada/notes.txt"), file("ada/big.png", limits.photo + 1), file("ada/2.JPEG")],
      "folder",
    );
    expect(photos.map((one) => one.file.path)).toEqual(["ada/1.jpg", "ada/2.JPEG"]);
    expect(skipped).toEqual([
      { path: "ada/notes.txt", reason: "not_photo" },
      { path: "ada/big.png", reason: "too_large" },
    ]);
  });

  it("does not mention folders and what systems leave behind", () => {
    const { photos, skipped } = plan(
      [file("ada/"), file("__MACOSX/ada/._1.jpg"), file("ada/.DS_Store"), file(".hidden/1.jpg")],
      "folder",
    );
    expect(photos).toEqual([]);
    expect(skipped).toEqual([]);
  });

  it("ends at the most photos of one import", () => {
    const many = Array.from({ length: limits.entries + 2 }, (_, index) => file(`ada/${index}.jpg`));
    const { photos, skipped } = plan(many, "folder");
    expect(photos).toHaveLength(limits.entries);
    expect(skipped.map((one) => one.reason)).toEqual(["too_many", "too_many"]);
  });

  it("refuses names that leave no subject", () => {
    expect(plan([file("_1.jpg")], "file").skipped).toEqual([{ path: "_1.jpg", reason: "no_subject" }]);
  });

  it("counts photos by subject, most first", () => {
    expect(bySubject([{ subject: "b" }, { subject: "a" }, { subject: "c" }, { subject: "c" }])).toEqual([
      { subject: "c", photos: 2 },
      { subject: "a", photos: 1 },
      { subject: "b", photos: 1 },
    ]);
  });
});

describe("archives", () => {
  const archive = zipSync({
    "ada/1.jpg": strToU8("one"),
    "ada/ü.png": strToU8("two"),
    "readme.txt": strToU8("x"),
  });

  it("are listed without unpacking", () => {
    expect(list(archive)).toEqual([file("ada/1.jpg", 3), file("ada/ü.png", 3), file("readme.txt", 1)]);
  });

  it("unpack only what is asked for", () => {
    const found = unpack(archive, ["ada/ü.png"]);
    expect([...found.keys()]).toEqual(["ada/ü.png"]);
    expect(new TextDecoder().decode(found.get("ada/ü.png"))).toBe("two");
  });

  it("that are none are refused", () => {
    expect(() => list(strToU8("no archive"))).toThrow(ArchiveError);
  });

  it("with a file that says it is huge do not unpack it", () => {
    const lying = archive.slice();
    const central = new DataView(lying.buffer, lying.byteOffset);
    for (let at = 0; at < lying.length - 4; at += 1) {
      if (central.getUint32(at, true) === 0x02014b50) central.setUint32(at + 24, limits.photo + 1, true);
    }
    expect(unpack(lying, ["ada/1.jpg"]).size).toBe(0);
    expect(plan(list(lying), "folder").photos).toEqual([]);
  });

  it("with too many files are refused", () => {
    const many = Object.fromEntries(
      Array.from({ length: 2 * limits.entries + 1 }, (_, index) => [`${index}.txt`, new Uint8Array()]),
    );
    expect(() => list(zipSync(many, { level: 0 }))).toThrow(expect.objectContaining({ fault: "too_many" }));
  });
});
