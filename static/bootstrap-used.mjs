// Every class of Bootstrap's that a page of ours carries: the build leaves the rest of Bootstrap out.
// tests/test_style_sheet.py reads pages, Python and crispy's templates and names a class that is missing here.
const words = (text) => text.trim().split(/\s+/);

export const CLASSES = words(`
  row col col-4 col-6 col-8 col-12 col-sm col-sm-4 col-sm-8 col-md col-md-3 col-md-4 col-md-6 col-md-8
  fs-6 form-label form-text form-control form-control-sm form-select form-select-sm
  form-check form-check-input form-check-label
  visually-hidden visually-hidden-focusable d-none w-100 m-0 mt-2 mt-3 mb-0 mb-2 mb-3
`);

export const ELEMENTS = words(`root textarea`);

// Attributes that a rule of the ground or of the forms asks for, and their values.
export const ATTRIBUTES = words(`
  type checkbox radio file disabled readonly
`);

// States that no page of ours has, or that clinic.css draws itself.
export const NEVER = [/:indeterminate/, /:focus$/, /:-moz-focusring/, /\[(multiple|size)/];
