/** Whether everything is drawn and drilled that can be, and not a part of it: KEELSON_TESTS=whole. */
export const isWhole = process.env.KEELSON_TESTS === 'whole';
