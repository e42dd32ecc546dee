from tests.e2e.test_journey import *
def test_told(stack, ask):
    r = ask("POST","/v1/webhook-endpoints",{"name":"CRM","url":stack.sandboxUrl+"/receiver/crm","events":["lead.created","lead.stopped"]})
    print(r.status, r.json())
    one=r.json(); path="/v1/webhook-endpoints/"+one["id"]
    print(call("PUT", stack.sandboxUrl+"/_sandbox/receivers/crm", None, {"secret":one["secret"],"status":500,"times":1}).status)
    t=ask("POST",path+"/test"); print("test", t.status, t.json())
    time.sleep(6)
    lead=ask("POST","/v1/leads",{"firstName":"A","lastName":"B","email":"h-told@example.com"}).json()["id"]
    ask("POST",f"/v1/leads/{lead}/stop",{"reason":"DO_NOT_CONTACT"})
    began=time.monotonic()
    wait_until(lambda: len(ask("GET",path+"/deliveries?status=delivered").json()["data"])==2)
    print("both delivered after", time.monotonic()-began)
    for d in call("GET", stack.sandboxUrl+"/_sandbox/receivers/crm", None).json()["got"]: print(d["answer"], d["verified"], d["body"][:150])
    rot=ask("POST",path+"/rotate-secret"); print(rot.status, rot.json()["previousSecretUntil"])
    print(ask("POST",path+"/replay",{"since":"2026-01-01T00:00:00Z"}).json(), ask("DELETE",path).status)
    for bad in ("https://169.254.169.254/x","http://127.0.0.1:1/x"):
        print(ask("POST","/v1/webhook-endpoints",{"name":"x","url":bad,"events":["lead.created"]}).status)
