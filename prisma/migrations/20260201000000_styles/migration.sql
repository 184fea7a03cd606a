-- Personal styles, and people who are signed in in several browsers.
--postgresql CREATE TYPE "VersionOrigin" AS ENUM ('learned', 'imported');

-- A guest's one secret becomes a session like any other.
CREATE TABLE "Session" (
    "secretHash" TEXT NOT NULL PRIMARY KEY,
    "personId" TEXT NOT NULL REFERENCES "Person"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "createdAt" TIMESTAMP NOT NULL
);
CREATE INDEX "Session_personId_idx" ON "Session"("personId");
INSERT INTO "Session" ("secretHash", "personId", "createdAt")
    SELECT "secretHash", "id", "createdAt" FROM "Person" WHERE "secretHash" IS NOT NULL;
DROP INDEX "Person_secretHash_key";
ALTER TABLE "Person" DROP COLUMN "secretHash";

CREATE TABLE "SignInCode" (
    "codeHash" TEXT NOT NULL PRIMARY KEY,
    "personId" TEXT NOT NULL REFERENCES "Person"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "createdAt" TIMESTAMP NOT NULL
);
CREATE INDEX "SignInCode_personId_idx" ON "SignInCode"("personId");

CREATE TABLE "FormerGuest" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "personId" TEXT NOT NULL REFERENCES "Person"("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "FormerGuest_personId_idx" ON "FormerGuest"("personId");

CREATE TABLE "GuildMember" (
    "guildId" TEXT NOT NULL,
    "personId" TEXT NOT NULL REFERENCES "Person"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "seenAt" TIMESTAMP NOT NULL,
    PRIMARY KEY ("guildId", "personId")
);
CREATE INDEX "GuildMember_personId_idx" ON "GuildMember"("personId");

CREATE TABLE "Guild" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "learning" BOOLEAN NOT NULL DEFAULT true,
    "sharing" BOOLEAN NOT NULL DEFAULT true
);

CREATE TABLE "Style" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "nameKey" TEXT NOT NULL,
    "ownerId" TEXT NOT NULL REFERENCES "Person"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "sharing" TEXT NOT NULL DEFAULT 'private',
    "createdAt" TIMESTAMP NOT NULL,
    "version" INTEGER,
    "examplePrompts" JSONB NOT NULL,
    "disabledAt" TIMESTAMP,
    "disabledWords" TEXT
);
CREATE UNIQUE INDEX "Style_ownerId_nameKey_key" ON "Style"("ownerId", "nameKey");
CREATE INDEX "Style_sharing_idx" ON "Style"("sharing");
CREATE INDEX "Style_nameKey_idx" ON "Style"("nameKey");
ALTER TABLE "Person" ADD COLUMN "defaultStyleId" TEXT REFERENCES "Style"("id") ON DELETE SET NULL ON UPDATE CASCADE;

CREATE TABLE "StylePicture" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "styleId" TEXT NOT NULL REFERENCES "Style"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "caption" TEXT NOT NULL,
    "width" INTEGER NOT NULL,
    "height" INTEGER NOT NULL,
    "addedAt" TIMESTAMP NOT NULL
);
CREATE INDEX "StylePicture_styleId_addedAt_idx" ON "StylePicture"("styleId", "addedAt");

CREATE TABLE "StyleVersion" (
    "styleId" TEXT NOT NULL REFERENCES "Style"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "number" INTEGER NOT NULL,
    "origin" "VersionOrigin" NOT NULL,
    "createdAt" TIMESTAMP NOT NULL,
    "modelHash" TEXT NOT NULL,
    "rank" INTEGER NOT NULL,
    "targets" JSONB NOT NULL,
--sqlite     "vector" BLOB NOT NULL,
--postgresql     "vector" BYTEA NOT NULL,
    "bytes" INTEGER NOT NULL,
    "recipe" JSONB,
    "curve" JSONB NOT NULL,
    "verdict" JSONB,
    "pictures" JSONB NOT NULL,
    "examples" INTEGER NOT NULL,
    PRIMARY KEY ("styleId", "number")
);

CREATE TABLE "Learning" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "styleId" TEXT NOT NULL REFERENCES "Style"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "state" "PictureState" NOT NULL,
    "recipe" JSONB NOT NULL,
    "modelHash" TEXT NOT NULL,
    "pictures" JSONB NOT NULL,
    "step" INTEGER NOT NULL DEFAULT 0,
    "steps" INTEGER NOT NULL DEFAULT 0,
    "askedAt" TIMESTAMP NOT NULL,
    "startedAt" TIMESTAMP,
    "finishedAt" TIMESTAMP,
    "version" INTEGER,
    "words" TEXT,
    "programId" TEXT REFERENCES "Program"("id") ON DELETE SET NULL ON UPDATE CASCADE,
    "interrupts" INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX "Learning_styleId_askedAt_idx" ON "Learning"("styleId", "askedAt");
CREATE INDEX "Learning_state_idx" ON "Learning"("state");

CREATE TABLE "LearningReply" (
    "learningId" TEXT NOT NULL PRIMARY KEY REFERENCES "Learning"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "applicationId" TEXT NOT NULL,
    "interactionId" TEXT NOT NULL,
    "interactionToken" TEXT,
    "channelId" TEXT NOT NULL,
    "guildId" TEXT,
    "messageId" TEXT,
    "createdAt" TIMESTAMP NOT NULL,
    "deliveredAt" TIMESTAMP
);
CREATE INDEX "LearningReply_deliveredAt_createdAt_idx" ON "LearningReply"("deliveredAt", "createdAt");
