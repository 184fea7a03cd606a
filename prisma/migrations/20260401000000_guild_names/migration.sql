-- What Discord servers are called, so that the web can offer them by name.
ALTER TABLE "Guild" ADD COLUMN "name" TEXT;
