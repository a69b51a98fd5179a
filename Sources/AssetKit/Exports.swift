// SPDX-License-Identifier: Apache-2.0

// A team writes `import AssetKit` and has the vocabulary too; without this every file of a team would import both.
@_exported public import AssetModel
