import { describe, expect, test } from "vitest";
import { marksOf } from "../../src/sandbox/marks";

describe("marks of an answer", () => {
  test("of Kairos have eyes, chin and what is told of the face", () => {
    const face = {
      topLeftX: 10,
      topLeftY: 20,
      width: 30,
      height: 40,
      chinTipX: 25,
      chinTipY: 60,
      leftEyeCenterX: 30,
      leftEyeCenterY: 30,
      rightEyeCenterX: 20,
      rightEyeCenterY: 30,
      confidence: 0.9,
      attributes: { age: 34, gender: { type: "F" } },
      face_id: 1,
    };
    expect(marksOf({ images: [{ status: "Complete", width: 100, height: 100, faces: [face] }] })).toEqual([
      {
        photo: null,
        box: { x: 10, y: 20, width: 30, height: 40 },
        points: [
          { x: 30, y: 30 },
          { x: 20, y: 30 },
          { x: 25, y: 60 },
        ],
        label: "F, 34",
      },
    ]);
  });

  test("of a recognition name the best candidate, once", () => {
    const transaction = {
      topLeftX: 1,
      topLeftY: 2,
      width: 3,
      height: 4,
      subject_id: "Ann",
      confidence: 0.98765,
    };
    const marks = marksOf({ images: [{ transaction, candidates: [{ subject_id: "Ann", confidence: 1 }] }] });
    expect(marks.map((mark) => mark.label)).toEqual(["Ann · 0.9877"]);
  });

  test("of a comparison belong to the photo they are of", () => {
    const place = (x: number) => ({ topLeftX: x, topLeftY: 0, width: 5, height: 5 });
    const kairos = {
      SourceImageFace: place(1),
      MatchedFaces: [{ ...place(2), similarity: 0.9 }],
      UnmatchedFaces: [place(3)],
    };
    expect(marksOf(kairos).map(({ photo, box, label }) => [photo, box.x, label])).toEqual([
      ["source_image", 1, ""],
      ["target_image", 2, "0.9"],
      ["target_image", 3, ""],
    ]);
    const edges = (x: number) => ({ x1: x, y1: 0, x2: x + 5, y2: 6 });
    const findface = {
      results: [{ bbox1: edges(1), bbox2: edges(2), confidence: 0.32221, verified: false }],
    };
    expect(marksOf(findface)).toMatchObject([
      { photo: "photo1", box: { x: 1, width: 5, height: 6 }, label: "0.3222" },
      { photo: "photo2", box: { x: 2 } },
    ]);
  });

  test("of an identification are the faces of the photo, not those of the gallery", () => {
    const answer = {
      results: {
        "[10, 20, 30, 60]": [{ confidence: 0.91, face: { x1: 500, y1: 500, x2: 600, y2: 600, meta: "Sam" } }],
        "[-1, 0, 5, 5]": [],
      },
    };
    expect(marksOf(answer)).toEqual([
      { photo: null, box: { x: 10, y: 20, width: 20, height: 40 }, points: [], label: "Sam · 0.91" },
      { photo: null, box: { x: -1, y: 0, width: 6, height: 5 }, points: [], label: "" },
    ]);
  });

  test("of Perse and Kairos IDV are read from lists and corners", () => {
    const perse = {
      faces: [
        { landmarks: { nose: [5, 6], left_eye: [7, 8] }, bounding_box: [1, 2, 3, 4], liveness_score: 0.9 },
      ],
    };
    expect(marksOf(perse)).toEqual([
      {
        photo: null,
        box: { x: 1, y: 2, width: 3, height: 4 },
        points: [
          { x: 5, y: 6 },
          { x: 7, y: 8 },
        ],
        label: "liveness 0.9",
      },
    ]);
    const idv = {
      response_data: {
        faces_predicted: [{ confidence: 0.9, delta: { x: 3, y: 4 }, top_left: { x: 1.5, y: 2 } }],
      },
    };
    expect(marksOf(idv)[0]?.box).toEqual({ x: 1.5, y: 2, width: 3, height: 4 });
  });

  test("of a medium are those of its first frame", () => {
    const person = (x: number) => ({
      person_id: "0",
      demographics: { age_group: "Adult", gender: "Male" },
      face: { x, y: 0, width: 4, height: 4 },
      landmarks: [{ noseBridge: { x: 2, y: 3 } }],
    });
    const marks = marksOf({
      frames: [
        { time: 0, people: [person(1)] },
        { time: 83, people: [person(2)] },
      ],
    });
    expect(marks).toEqual([
      {
        photo: null,
        box: { x: 1, y: 0, width: 4, height: 4 },
        points: [{ x: 2, y: 3 }],
        label: "Male, Adult",
      },
    ]);
  });

  test("of answers without faces are none", () => {
    for (const answer of [
      undefined,
      null,
      "text",
      5,
      [],
      { Errors: [{ Message: "m", ErrCode: 5002 }] },
      { result: "Ok", data: { age: 3 } },
    ]) {
      expect(marksOf(answer)).toEqual([]);
    }
  });
});
