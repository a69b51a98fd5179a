// SPDX-License-Identifier: Apache-2.0

import Foundation
import SluiceCommands

exit(await SluiceCommand.execute(Array(CommandLine.arguments.dropFirst())))
