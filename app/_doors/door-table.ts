import { randomUUID } from 'node:crypto';
import type { ErrorCode } from '@/lib/errors.ts';

/** Everything of one creator that a door can be asked for by its id. */
export interface Belongings {
  characterId: string;
  imageId: string;
  imageIds: string[];
  uploadingId: string;
  removedId: string;
  readyId: string;
  openId: string;
  sampleId: string;
  noticeId: string;
  purchaseId: string;
  apiTokenId: string;
  sessionId: string;
}

/** What is asked of a route. An action is handed its `body` alone. */
export interface Asked {
  params?: Record<string, string>;
  query?: Record<string, string>;
  body?: object;
}

export type Door =
  /** Open to the world, and why that is right. */
  | { who: 'anybody'; because: string }
  /** Knows its caller by a signature over the body or a token in the address, never by a cookie. */
  | { who: 'signer' }
  /** Names nobody's ids: whoever comes sees and makes their own. */
  | { who: 'creator'; asked: Asked }
  /** For operators; for everybody else it is not there. */
  | { who: 'operator'; asked: Asked }
  /**
   * Names ids. `ask` writes them into requests; with somebody else's it must be refused with `code`
   * (by itself NOT_FOUND), word for word as with ids that are nobody's, and nothing may change.
   */
  | { who: 'owner'; ask: (of: Belongings, mine: Belongings) => Asked[]; code: ErrorCode | null };

const anybody = (because: string): Door => ({ who: 'anybody', because });
const signer: Door = { who: 'signer' };
const creator = (asked: Asked = {}): Door => ({ who: 'creator', asked });
const operator = (asked: Asked): Door => ({ who: 'operator', asked });
const owner = (
  ask: (of: Belongings, mine: Belongings) => Asked | Asked[],
  code: ErrorCode | null = 'NOT_FOUND',
): Door => ({ who: 'owner', ask: (of, mine) => [ask(of, mine)].flat(), code });

const ofCharacter = (body?: object, query?: Record<string, string>) =>
  owner(({ characterId: id }) => ({ params: { id }, body, query }));
const ofImage = (body?: object) => owner(({ imageId: id }) => ({ params: { id }, body }));
/** A training is asked for under its own character, and slipped in under one of the caller's. */
const ofTraining = (which: 'readyId' | 'openId', body?: object, more?: Record<string, string>) =>
  owner((of, mine) =>
    [of, mine].map(({ characterId: id }) => ({
      params: { id, loraModelId: of[which] },
      body,
      query: more,
    })),
  );

const consent = 'synthetic';
const file = { fileName: 'a.jpg', bytes: 9, contentType: 'image/jpeg' };

/** Every method of every route, and who may come through. */
export const routeDoors: Record<string, Door> = {
  'GET /api/auth/[...nextauth]': anybody('signing in is for those who are not'),
  'POST /api/auth/[...nextauth]': anybody('signing in is for those who are not'),
  'GET /api/health': anybody('says only whether the server works'),
  'GET /api/openapi.json': anybody('describes the API, names nobody'),
  'GET /api/[...unknown]': anybody('nothing is there'),
  'POST /api/[...unknown]': anybody('nothing is there'),
  'PUT /api/[...unknown]': anybody('nothing is there'),
  'PATCH /api/[...unknown]': anybody('nothing is there'),
  'DELETE /api/[...unknown]': anybody('nothing is there'),
  'GET /gallery/pictures/[number]': anybody('drawings of nobody'),
  'POST /api/webhooks/stripe': signer,
  'POST /api/webhooks/training': signer,
  'POST /api/webhooks/training/upload': signer,
  'POST /api/webhooks/training/bell': signer,

  'GET /api/influencer': creator(),
  'POST /api/influencer': creator({ body: { name: 'Iris', look: '' } }),
  'GET /api/influencer/[id]': ofCharacter(),
  'DELETE /api/influencer/[id]': ofCharacter(),
  'PATCH /api/influencer/[id]': ofCharacter({ name: 'Mine now', look: '' }),
  'PATCH /api/influencer/[id]/settings': ofCharacter({ loraTrainingEnabled: false }),
  'POST /api/influencer/[id]/profile-set': ofCharacter(),
  'POST /api/influencer/[id]/profile-set/complete': ofCharacter({ agreedCredits: null, consent }),

  'GET /api/influencer/[id]/images': ofCharacter(),
  'POST /api/influencer/[id]/images': owner((of, mine) => [
    { params: { id: of.characterId }, body: file },
    { params: { id: mine.characterId }, body: { ...file, imageId: of.uploadingId } },
  ]),
  'GET /api/images/[id]': ofImage(),
  'PATCH /api/images/[id]': ofImage({ caption: 'mine now' }),
  'DELETE /api/images/[id]': ofImage(),
  'GET /api/images/[id]/download': ofImage(),
  'POST /api/images/[id]/finish': owner(({ uploadingId: id }) => ({ params: { id } })),
  'POST /api/images/[id]/like': ofImage({ liked: true }),
  'POST /api/images/[id]/restore': owner(({ removedId: id }) => ({ params: { id } })),
  'POST /api/images/[id]/upload': owner(({ uploadingId: id }) => ({
    params: { id },
    body: { bytes: 9 },
  })),
  'DELETE /api/images/[id]/upload': owner(({ uploadingId: id }) => ({ params: { id } })),
  'GET /api/influencer/[id]/gallery': ofCharacter(),
  'POST /api/influencer/[id]/generate': ofCharacter({
    prompt: 'reading',
    baseModel: 'z-image-turbo',
    count: 4,
  }),

  'GET /api/influencer/[id]/lora': owner((of, mine) => [
    { params: { id: of.characterId } },
    { params: { id: of.characterId }, query: { before: mine.readyId } },
  ]),
  'GET /api/influencer/[id]/lora/available-images': ofCharacter(),
  'GET /api/influencer/[id]/lora/new-images-available': ofCharacter(),
  'GET /api/influencer/[id]/lora/price': ofCharacter(undefined, { imageCount: '7' }),
  'GET /api/influencer/[id]/lora/status': ofCharacter(),
  'POST /api/influencer/[id]/lora/train': owner((of, mine) => [
    { params: { id: of.characterId }, body: { imageIds: of.imageIds, consent } },
    { params: { id: of.characterId }, body: { imageIds: mine.imageIds, consent } },
  ]),
  'GET /api/influencer/[id]/lora/[loraModelId]': ofTraining('readyId'),
  'POST /api/influencer/[id]/lora/[loraModelId]/cancel': ofTraining('openId'),
  'GET /api/influencer/[id]/lora/[loraModelId]/download': ofTraining('readyId', undefined, {
    role: 'main',
  }),
  'PUT /api/influencer/[id]/lora/[loraModelId]/feedback': ofTraining('readyId', {
    answer: 'worse',
  }),
  'GET /api/influencer/[id]/lora/[loraModelId]/files': ofTraining('readyId'),
  'GET /api/influencer/[id]/lora/[loraModelId]/record': ofTraining('readyId'),
  'GET /api/influencer/[id]/lora/[loraModelId]/samples/[sampleId]': owner((of, mine) => [
    { params: { id: of.characterId, loraModelId: of.readyId, sampleId: of.sampleId } },
    { params: { id: mine.characterId, loraModelId: mine.readyId, sampleId: of.sampleId } },
  ]),

  'POST /api/characters/train-lora': owner(({ characterId, imageIds }) => ({
    body: { characterId, imageIds, consent },
  })),
  'GET /api/characters/lora-status/[jobId]': owner(({ readyId: jobId }) => ({ params: { jobId } })),
  'GET /api/characters/lora-training-cost': creator({ query: { imageCount: '7' } }),
  'GET /api/characters/my-loras': creator(),
  'GET /api/characters/[characterId]/lora': owner(({ characterId }) => ({
    params: { characterId },
  })),
  'GET /api/models': creator(),

  'GET /api/credits': creator(),
  // Lines of a character that is not the caller's are none, as with one that is nobody's.
  'GET /api/credits/lines': owner(
    ({ characterId }) => ({ query: { character: characterId } }),
    null,
  ),
  'GET /api/credits/export': owner(
    ({ characterId }) => ({ query: { character: characterId } }),
    null,
  ),
  'GET /api/credits/packages': creator(),
  'POST /api/credits/purchases': creator({ body: { packageId: 'v1-25000' } }),
  'GET /api/credits/purchases/[id]': owner(({ purchaseId: id }) => ({ params: { id } })),

  // Nothing of the caller's lies before somebody else's notice.
  'GET /api/deletions': creator(),
  'GET /api/notifications': owner(({ noticeId }) => ({ query: { before: noticeId } }), null),
  'PATCH /api/notifications': owner(
    ({ noticeId }) => ({ body: { notificationIds: [noticeId], dismissed: true } }),
    null,
  ),
  'POST /api/notifications/read': owner(({ noticeId }) => ({ body: { newestId: noticeId } })),
  'POST /api/notifications/[id]/read': owner(({ noticeId: id }) => ({
    params: { id },
    body: { read: true },
  })),
  'POST /api/notifications/[id]/dismiss': owner(({ noticeId: id }) => ({
    params: { id },
    body: { dismissed: true },
  })),
};

const body = (body: object): Asked => ({ body });
const requestId = () => randomUUID();

/** Every server action: each is a public endpoint. */
export const actionDoors: Record<string, Door> = {
  signUpAction: anybody('signing up is for those who have no account'),
  createApiTokenAction: creator(body({ name: 'Nightly run' })),
  revokeApiTokenAction: owner(({ apiTokenId }) => body({ apiTokenId })),
  endSessionAction: owner(({ sessionId }) => body({ sessionId })),
  // Which one is the caller's own is never asked of the caller.
  endOtherSessionsAction: creator(body({})),
  changePasswordAction: creator(body({ currentPassword: 'x', newPassword: 'another password' })),
  deleteInfluencerAction: owner(({ characterId }) => body({ characterId, confirmation: 'Mara' })),
  deleteAccountAction: creator(body({ confirmation: 'another@example.test' })),
  createCharacterAction: creator(body({ name: 'Iris', look: '', requestId: requestId() })),
  saveCharacterAction: owner(({ characterId }) => body({ characterId, name: 'Mine', look: '' })),
  requestProfileSetAction: owner(({ characterId }) => body({ characterId })),
  completeProfileSetAction: owner(({ characterId }) => body({ characterId, agreedCredits: null })),
  likeImageAction: owner(({ imageId }) => body({ imageId, liked: true })),
  removeImageAction: owner(({ imageId }) => body({ imageId })),
  restoreImageAction: owner(({ removedId: imageId }) => body({ imageId })),
  saveCaptionAction: owner(({ imageId }) => body({ imageId, caption: 'mine now' })),
  buyCreditsAction: creator(body({ packageId: 'none', requestId: requestId() })),
  checkPurchaseAction: owner(({ purchaseId }) => body({ purchaseId })),
  markNotificationAction: owner(({ noticeId }) => body({ notificationId: noticeId, read: true })),
  dismissNotificationAction: owner(({ noticeId }) =>
    body({ notificationId: noticeId, dismissed: true }),
  ),
  dismissAllNotificationsAction: owner(({ noticeId }) => body({ newestId: noticeId })),
  markAllNotificationsReadAction: owner(({ noticeId }) => body({ newestId: noticeId })),
  restoreNotificationsAction: creator(body({ dismissedAt: '2026-03-12T12:00:00.000Z' })),
  generateImagesAction: owner(({ characterId }) =>
    body({
      characterId,
      prompt: 'reading',
      baseModel: 'z-image-turbo',
      count: 4,
      requestId: requestId(),
    }),
  ),
  retryImageAction: owner(({ imageId }) => body({ imageId })),
  startTrainingAction: owner(({ characterId, imageIds }) =>
    body({
      characterId,
      imageIds,
      baseModel: 'z-image-turbo',
      expectedCredits: 20_000,
      requestId: requestId(),
      consent,
    }),
  ),
  cancelTrainingAction: owner(({ openId }) => body({ loraModelId: openId })),
  saveDraftAction: owner(({ characterId, imageIds }) => body({ characterId, imageIds })),
  savePreferencesAction: owner(({ characterId }) =>
    body({ characterId, loraTrainingEnabled: false }),
  ),
  dismissNewLikesAction: owner(({ characterId }) => body({ characterId })),
  withdrawConsentAction: owner(({ characterId }) => body({ characterId })),
  pauseTrainingsAction: operator(body({ reason: 'The provider raised its price' })),
  resumeTrainingsAction: operator(body({})),
  giveFeedbackAction: owner(({ readyId }) => body({ loraModelId: readyId, answer: 'worse' })),
};

/** Who sees a page: the world, every creator, its owner, operators only. */
export type PageDoor = 'anybody' | 'creator' | 'owner' | 'operator';

export const pageDoors: Record<string, PageDoor> = {
  '/': 'anybody',
  '/sign-in': 'anybody',
  '/sign-up': 'anybody',
  '/developers': 'anybody',
  '/gallery/[[...state]]': 'anybody',
  // The token in the address is the key to it.
  '/deleted/[token]': 'anybody',
  '/account': 'creator',
  '/account/deletions': 'creator',
  '/credits': 'creator',
  '/credits/buy': 'creator',
  '/influencer': 'creator',
  '/influencer/new': 'creator',
  '/influencer/[id]/settings': 'owner',
  '/influencer/[id]/studio': 'owner',
  '/influencer/[id]/wizard': 'owner',
  '/notifications': 'creator',
  '/operator': 'operator',
};
