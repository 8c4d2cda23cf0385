-- One request over and over.

require "common"
