// Drives a server through every call of the npm package `kairos-api`.
// Usage: node drive.js APP_ID APP_KEY, in a folder with face0.jpg, face1.jpg, group.jpg and node_modules.
const assert = require('node:assert/strict');
const fs = require('node:fs');
const Kairos = require('kairos-api');

const [appId, appKey] = process.argv.slice(2);
const photo = (name) => fs.readFileSync(name).toString('base64');
let checked = 0;

async function expect(promise, check) {
  const { status, body } = await promise;
  assert.equal(status, 200, JSON.stringify(body));
  check(body);
  checked += 1;
}

function rejectsWith(code) {
  return (body) => assert.equal(body.Errors[0].ErrCode, code, JSON.stringify(body));
}

async function main() {
  const client = new Kairos(appId, appKey);
  const gallery_name = 'node-gallery';

  await expect(client.enroll({ image: photo('face0.jpg'), subject_id: 'ada', gallery_name }), (body) => {
    assert.match(body.face_id, /^[0-9a-f]{20}$/);
    assert.equal(body.images[0].transaction.status, 'success');
    assert.equal(body.images[0].transaction.subject_id, 'ada');
  });
  await expect(client.enroll({ image: photo('face1.jpg'), subject_id: 'grace', gallery_name }), (body) => {
    assert.equal(body.images[0].transaction.gallery_name, gallery_name);
  });
  await expect(client.enroll({ image: photo('group.jpg'), subject_id: 'crowd', gallery_name }), rejectsWith(5010));
  await expect(client.recognize({ image: photo('face0.jpg'), gallery_name, threshold: 0.6 }), (body) => {
    assert.equal(body.images[0].transaction.status, 'success');
    assert.equal(body.images[0].candidates[0].subject_id, 'ada');
  });
  await expect(client.detect({ image: photo('group.jpg'), selector: 'FULL', minHeadScale: 0.03 }), (body) => {
    assert.equal(body.images[0].status, 'Complete');
    assert.equal(body.images[0].faces.length, 3);
  });
  await expect(client.galleryListAll(), (body) => assert.deepEqual(body.gallery_ids, [gallery_name]));
  await expect(client.galleryView({ gallery_name }), (body) => {
    assert.deepEqual(body.subject_ids.sort(), ['ada', 'grace']);
  });
  await expect(client.galleryRemoveSubject({ gallery_name, subject_id: 'ada' }), (body) => {
    assert.equal(body.message, 'subject id ada has been successfully removed');
  });
  await expect(client.galleryRemove({ gallery_name }), (body) => {
    assert.equal(body.message, `gallery ${gallery_name} was removed`);
  });
  await expect(client.galleryView({ gallery_name }), rejectsWith(5004));

  const stranger = new Kairos(appId, 'wrong');
  const refused = await stranger.galleryListAll();
  assert.deepEqual(refused, { status: 403, body: null });
  checked += 1;

  console.log(`${checked} calls checked`);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
