// Every page works without this: it opens menus and adds the clinic's own small helps.
import "./clinic/*.js";
