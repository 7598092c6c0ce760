namespace ControlChat.Core.Accounts;

/// <summary>Asked, once, when nobody is let in: whether that gets a row on the record.</summary>
/// <param name="reason">As it would stand on the record.</param>
/// <returns>How many refusals before it got no row, for this one to say; null: it gets none either.</returns>
public delegate int? RowForRefusal(string reason);
