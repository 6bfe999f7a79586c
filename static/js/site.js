// Every page works without this: it folds the navigation, opens menus and adds the clinic's own small helps.
import "bootstrap/js/dist/collapse";
import "bootstrap/js/dist/dropdown";
import "./clinic/*.js";
