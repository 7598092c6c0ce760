namespace ControlChat.Core.Accounts;

/// <summary>Asked, once, when nobody is let in: whether that gets a row on the record.</summary>
/// <param name="reason">As it would stand on the record.</param>
/// <returns>The row, to be said <see cref="RefusalRow.Written"/> of after its commit and disposed either way; null: it gets none.</returns>
public delegate RefusalRow? RowForRefusal(string reason);
