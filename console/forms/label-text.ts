/** As `Label` in the contract has it, by which labels and reasons are limited. */
export const LONGEST_LABEL = 200;

// oxlint-disable-next-line no-control-regex -- The contract forbids just these.
export const WITHOUT_CONTROL_CHARACTERS = /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$/;
