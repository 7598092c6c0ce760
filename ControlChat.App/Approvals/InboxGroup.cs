using ControlChat.Core.Gate;

namespace ControlChat.App.Approvals;

/// <param name="Items">In the order they are shown.</param>
/// <param name="Past">What stands in it is decided or over.</param>
/// <param name="Requester">Whose requests these are, when there is more than one; they can be declined together.</param>
public sealed record InboxGroup(string Title, IReadOnlyList<Approval> Items, Requester? Requester = null, bool Past = false);
