-- Which program writes a message: of several that are the bot, one edits it.
ALTER TABLE "ChatReply" ADD COLUMN "workerId" TEXT;
ALTER TABLE "LearningReply" ADD COLUMN "workerId" TEXT;
ALTER TABLE "ChatPromise" ADD COLUMN "workerId" TEXT;
