namespace ControlChat.Core.Sessions;

/// <summary>Which sessions to list, newest first. What is null does not restrict.</summary>
/// <param name="Open">True: those that go on; false: those that have ended.</param>
/// <param name="Cursor">From the page before.</param>
/// <param name="Limit">1-200.</param>
public sealed record SessionFilter(string? OwnerId = null, string? WorkspaceId = null, bool? Open = null, string? Cursor = null, int Limit = 50);

/// <param name="NextCursor">Opaque; null on the last page.</param>
public sealed record SessionPage(IReadOnlyList<Session> Items, string? NextCursor);
