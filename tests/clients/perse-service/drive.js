// Drives a server through every call of `@cyberlabsai/perse-service`, the HTTP layer of the npm package
// `@cyberlabsai/perse-sdk-js`. It was made for browsers, so that node has to lend it an XMLHttpRequest.
// Usage: node drive.js API_KEY, in a folder with face0.jpg, face1.jpg, group.jpg, nobody.png and node_modules.
const assert = require('node:assert/strict');
const fs = require('node:fs');

globalThis.window = globalThis;
globalThis.self = globalThis;
globalThis.XMLHttpRequest = class {
  headers = {};
  readyState = 0;
  status = 0;
  responseURL = '';

  open(method, address) {
    this.method = method;
    this.address = address;
  }

  setRequestHeader(name, value) {
    this.headers[name] = value;
  }

  getAllResponseHeaders() {
    return [...this.answer.headers].map(([name, value]) => `${name}: ${value}\r\n`).join('');
  }

  async send(body) {
    this.answer = await fetch(this.address, { method: this.method, headers: this.headers, body });
    this.responseText = await this.answer.text();
    this.response = this.responseText;
    this.status = this.answer.status;
    this.responseURL = this.address;
    this.readyState = 4;
    this.onreadystatechange();
  }
};

const { face } = require('@cyberlabsai/perse-service').default;

const [key] = process.argv.slice(2);
const photo = (name) => new Blob([fs.readFileSync(name)], { type: 'image/jpeg' });
let checked = 0;

async function expect(promise, check) {
  const { data } = await promise;
  assert.equal(data.status, 200, JSON.stringify(data));
  assert.equal(typeof data.timeTaken, 'number');
  check(data);
  checked += 1;
}

async function expectError(promise, status, code) {
  const { response } = await promise.then(() => assert.fail('no error'), (error) => error);
  assert.deepEqual([response.status, response.data.status, response.data.code], [status, status, code]);
  assert.equal(typeof response.data.message, 'string');
  checked += 1;
}

async function main() {
  await expect(face.detect(photo('group.jpg'), key), (data) => {
    assert.equal(data.totalFaces, 3);
    const [first] = data.faces;
    assert.deepEqual(Object.keys(first.landmarks).sort(), ['leftEye', 'mouthLeft', 'mouthRight', 'nose', 'rightEye']);
    assert.equal(first.boundingBox.length, 4);
    assert.ok(first.faceMetrics.sharpness > data.defaultThresholds.sharpness);
    assert.ok(data.imageMetrics.underexposure < data.defaultThresholds.underexposure);
    assert.equal(typeof first.livenessScore, 'number');
  });
  await expect(face.compare([photo('face0.jpg'), photo('face0.jpg')], key), (data) => {
    assert.ok(data.similarity >= data.defaultThresholds.similarity);
  });
  await expect(face.compare([photo('face0.jpg'), photo('face1.jpg')], key), (data) => {
    assert.ok(data.similarity < data.defaultThresholds.similarity);
  });
  let token;
  await expect(face.enrollment.create(photo('face0.jpg'), key), (data) => {
    token = data.userToken;
    assert.match(token, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });
  await expect(face.enrollment.read(key), (data) => {
    assert.deepEqual([data.userTokens, data.totalUsers], [[token], 1]);
  });
  await expect(face.compare([photo('face0.jpg'), token], key), (data) => {
    assert.ok(data.similarity >= data.defaultThresholds.similarity);
  });
  await expect(face.enrollment.update(photo('face1.jpg'), token, key), (data) => {
    assert.equal(data.userToken, token);
  });
  await expect(face.compare([token, photo('face0.jpg')], key), (data) => {
    assert.ok(data.similarity < data.defaultThresholds.similarity);
  });
  await expect(face.enrollment.delete(token, key), () => {});
  await expect(face.enrollment.read(key), (data) => assert.equal(data.totalUsers, 0));

  await expectError(face.enrollment.delete(token, key), 422, 'user_token_not_found');
  await expectError(face.enrollment.create(photo('nobody.png'), key), 422, 'no_face_detected');
  await expectError(face.detect(new Blob(['text']), key), 415, 'invalid_file_type');
  await expectError(face.detect(new Blob([]), key), 400, 'empty_file');
  await expectError(face.detect(photo('face0.jpg'), 'wrong'), 401, 'unauthorized');

  console.log(`${checked} calls checked`);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
