namespace ControlChat.Core.Hub;

/// <summary>A number that only the hub's rows or parts know, read when somebody looks: each room registers its own.</summary>
/// <param name="Name">As an instrument: <c>controlchat.outbox.backlog</c>.</param>
/// <param name="Unit"><c>s</c>, <c>By</c>, or null for a count.</param>
/// <param name="Description">One sentence.</param>
/// <param name="ReadAsync">Null when there is nothing to say now. May throw <see cref="HubUnavailableException"/>.</param>
public sealed record HubFigure(string Name, string? Unit, string Description, Func<IHubReader, CancellationToken, Task<double?>> ReadAsync)
{
    /// <summary>Of a small, fixed set; figures of one name differ in them.</summary>
    public IReadOnlyList<KeyValuePair<string, object?>> Tags { get; init; } = [];
}
