import GRDB

/// The tables of the store, as a row of migrations: a file of any older version becomes one of this version.
///
/// A migration that was released never changes; a new need is a new migration at the end.
enum StoreSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("books", migrate: BookSchema.create)
        migrator.registerMigration("batches", migrate: BatchSchema.create)
        migrator.registerMigration("files", migrate: FileSchema.create)
        return migrator
    }
}
