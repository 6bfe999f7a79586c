// Signing on a patient's own telephone (templates/treatments/billing/quote_link.html): the pad of the tablet, alone.
import "./clinic/signature.js";
