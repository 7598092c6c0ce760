using System.Text.Json.Serialization;

namespace ControlChat.Core.Workspaces;

/// <summary>A person of a workspace; also its wire form.</summary>
/// <param name="Name">The account's; its id where there is no such account any more.</param>
/// <param name="Role">One of <see cref="WorkspaceRole"/>.</param>
/// <param name="Closed">The account may do nothing any more; it can only be removed.</param>
public sealed record Member(string AccountId, string Name, string? Email, string Role, bool Closed)
{
    [JsonIgnore]
    public bool IsOwner => Role == WorkspaceRole.Owner;
}
