-- What language Discord has for the server, or else for the person, where the server has chosen none here.
ALTER TABLE "ChatReply" ADD COLUMN "locale" TEXT;
ALTER TABLE "LearningReply" ADD COLUMN "locale" TEXT;
ALTER TABLE "ChatPromise" ADD COLUMN "locale" TEXT;
-- Why a learning failed, by code, so that each reader is told in their language.
ALTER TABLE "Learning" ADD COLUMN "failure" JSONB;
