using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate.Trail;

/// <summary>Who may see things of one kind now. One per kind of resource that people have a trail of.</summary>
public interface IResourceSight
{
    /// <summary>The part before the slash of <c>kind/id</c>.</summary>
    string Kind { get; }

    /// <returns>Null when there is no such thing for this principal.</returns>
    Task<SeenResource?> SeeAsync(IHubReader reader, Principal principal, string id, CancellationToken cancellationToken);
}

/// <param name="Resource">As the record names it.</param>
/// <param name="Present">The values of its fields now, as far as they can have changed; a field that is not here says nothing.</param>
public sealed record SeenResource(string Resource, IReadOnlyDictionary<string, JsonNode?> Present)
{
    public static IReadOnlyDictionary<string, JsonNode?> Nothing { get; } = new Dictionary<string, JsonNode?>();
}
