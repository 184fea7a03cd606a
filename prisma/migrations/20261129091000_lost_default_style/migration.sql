-- What a person's default style was called, from its deletion until they choose again.
ALTER TABLE "Person" ADD COLUMN "lostDefaultStyle" TEXT;
