-- How a learning has gone so far, for a page that is opened in the middle of it.
ALTER TABLE "Learning" ADD COLUMN "curve" JSONB;
