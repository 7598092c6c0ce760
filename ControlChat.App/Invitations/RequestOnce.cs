using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.App.Invitations;

/// <summary>One request id for one and the same call, however often it is sent, until something came of it.</summary>
public sealed class RequestOnce
{
    private JsonObject? _arguments;
    private string _id = "";

    public string IdOf(JsonObject arguments)
    {
        if (!JsonNode.DeepEquals(_arguments, arguments)) (_arguments, _id) = (arguments.DeepClone().AsObject(), Ids.New("req"));
        return _id;
    }

    /// <summary>The next one is another request, though it asks for the same.</summary>
    public void Over() => _arguments = null;
}
